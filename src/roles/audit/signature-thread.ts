/** The far side of signature-threads.ts: a thread that verifies the pieces it is given, in order. */
import { parentPort } from 'node:worker_threads';
import { EventLines } from '../../events/event-lines.ts';
import { verifyLines } from './verify-lines.ts';

const lines = new EventLines();

parentPort?.on('message', (ndjson: Uint8Array) => {
  lines.load(ndjson);
  parentPort?.postMessage(verifyLines(lines));
});

/** A thread that verifies prepared signatures with bare node:crypto, over and over. */
import { createPublicKey, verify } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { publicKeyOf } from '../src/events/nkey.ts';
import { statementBytes } from '../src/events/statement.ts';
import { decodeLines } from '../src/roles/audit/replay.ts';

const { lines, repeats } = workerData as { lines: Uint8Array[]; repeats: number };
const spki = Buffer.from('302a300506032b6570032100', 'hex');
const prepared = decodeLines(lines).flatMap(({ event }) => {
  if (event.sig === undefined) return [];
  const der = Buffer.concat([spki, publicKeyOf(event.actor)]);
  const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
  return [{ bytes: statementBytes(event as never), sig: Buffer.from(event.sig, 'base64'), key }];
});

let verified = 0;
for (let repeat = 0; repeat < repeats; repeat += 1) {
  for (const { bytes, sig, key } of prepared) if (verify(null, bytes, key, sig)) verified += 1;
}
parentPort?.postMessage(verified);

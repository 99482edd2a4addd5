/** Entry of a helper thread of the exact backend (exact-team.ts starts it). */
import { parentPort, workerData } from 'node:worker_threads';
import { invariant } from '../invariant.ts';
import { serveTeam } from './exact-team.ts';
import type { HelperStart } from './exact-host.ts';

invariant(parentPort !== null, 'the helper runs as a worker thread only');
parentPort.postMessage('ready', []);
parentPort.unref();
serveTeam(workerData as HelperStart);

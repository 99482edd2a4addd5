/** Entry of a browser's worker: the digest on one thread of the exact backend and on plain loops. */
import { openExactBackend } from '../compute/backends/exact.ts';
import { openReferenceBackend } from '../compute/backends/reference.ts';
import { exactDigest } from './exact-digest.ts';

const exact = await exactDigest(await openExactBackend({ threads: 1 }));
const reference = await exactDigest(openReferenceBackend());
(globalThis as unknown as { postMessage(message: unknown): void }).postMessage({
  exact,
  reference,
});

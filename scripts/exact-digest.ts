/**
 * Trains one small window on the exact kernels and says whether it has the bits it has elsewhere:
 * for a processor or an engine that nobody has tried yet.
 *   node scripts/exact-digest.ts [--no-reference]      the plain loops take longest
 * Exit status 1: the bits are others.
 */
import { openExactBackend } from '../src/compute/backends/exact.ts';
import { openReferenceBackend } from '../src/compute/backends/reference.ts';
import { EXACT_DIGEST, exactDigest } from '../src/testing/exact-digest.ts';

const say = (text: string): void => void process.stdout.write(`${text}\n`);
say(`Node ${process.version}, V8 ${process.versions.v8}, ${process.arch}`);
const compare = async (what: string, backend: Awaited<ReturnType<typeof openExactBackend>>) => {
  const digest = await exactDigest(backend);
  await backend.close();
  const same = digest === EXACT_DIGEST;
  if (!same) process.exitCode = 1;
  say(`${what.padEnd(18)} ${digest} ${same ? 'the same bits' : 'OTHER BITS'}`);
};
for (const threads of [1, 2, 4])
  await compare(`exact, ${threads} thread(s)`, await openExactBackend({ threads }));
if (!process.argv.includes('--no-reference')) await compare('plain loops', openReferenceBackend());

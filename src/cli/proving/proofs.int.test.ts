/** `prove` and `verify` as processes, and the commands of the guide as they are written there. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { isLeft } from 'fp-ts/lib/Either.js';
import { digestOf } from '../../events/digest.ts';
import { decodeEntry, encodeEntry } from '../../events/entry.ts';
import { signStatement } from '../../events/statement.ts';
import { must } from '../../projections/books.ts';
import { WINDOWS_KEPT } from '../../projections/archive.ts';
import { keyNamed } from '../../testing/desk.ts';
import { longRun } from '../../testing/long-run.ts';
import { daybook } from '../../testing/daybook-process.ts';
import { ndjsonOf, signedHead, storyLines, verifierKey } from '../../testing/signed-story.ts';

const run = promisify(execFile);
const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'daybook-proofs-'));
const at = (name: string): string => join(folder, name);

beforeAll(() => {
  writeFileSync(at('run.ndjson'), ndjsonOf(storyLines));
  writeFileSync(at('run.checkpoint'), signedHead(storyLines));
  writeFileSync(at('run.key'), `${verifierKey}\n`);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The commands of the guide in the blocks that begin so, as they are written there. */
function guide(...beginnings: string[]): string {
  const text = readFileSync(new URL('../../../docs/guides/proofs.md', import.meta.url), 'utf8');
  const blocks = [...text.matchAll(/^```sh\n([^]*?)^```/gm)].map(([, block = '']) => block);
  return beginnings
    .map((beginning) =>
      must(
        blocks.find((block) => block.startsWith(beginning)),
        beginning,
      ),
    )
    .join('');
}

it('runs the guide', async () => {
  const commands = guide('daybook prove 12', 'daybook prove --from 10');
  const script = `daybook() { "${process.execPath}" "${main}" "$@"; }\n${commands}`;
  // The guide proves entries of the demo's recording; here a story stands in its place.
  const recorded = join(folder, 'demo-1.daybook/recording');
  mkdirSync(recorded, { recursive: true });
  for (const end of ['ndjson', 'checkpoint', 'key'])
    cpSync(at(`run.${end}`), join(recorded, `demo.${end}`));
  const out = await typed(script);
  const holds = [...out.matchAll(/^ok {6}(.{21})/gm)].map(([, what = '']) => what.trim());
  expect(holds).toEqual([
    'checkpoint signature',
    'inclusion',
    'entry',
    'author signature',
    'checkpoint signature',
    'prefix',
    'prefix',
  ]);
  expect(readFileSync(at('twelve.proof.entry'))).toEqual(ndjsonOf(storyLines.slice(12, 13)));
});

it('runs what the guide says of a key that contradicts itself', async () => {
  contradict(at('ours.ndjson'), at('theirs.ndjson'));
  const script = `daybook() { "${process.execPath}" "${main}" "$@"; }\n${guide('daybook evidence')}`;
  const out = await typed(script);
  expect(out).toMatch(/^ok {6} ?contradiction/m);
});

/** What bash prints. Nothing that hangs holds up what else runs here. */
async function typed(script: string): Promise<string> {
  const env = { ...process.env, NO_COLOR: '1' };
  const { stdout } = await run('bash', ['-euc', script], { cwd: folder, env });
  return stdout;
}

/** Two recordings in which one worker submitted different deltas for one assignment. */
function contradict(ours: string, theirs: string): void {
  const index = storyLines.findIndex((line) =>
    Buffer.from(line).includes('daybook.submission.committed.v1'),
  );
  const entry = decodeEntry(storyLines[index] as Uint8Array);
  if (isLeft(entry)) throw new Error(entry.left.message);
  const author = [0, 1, 2, 3, 4, 5]
    .map((i) => keyNamed(`worker-${i}`))
    .find(({ actor }) => actor === entry.right.actor);
  if (author === undefined) throw new Error('a worker of the story');
  const delta = { digest: digestOf(Buffer.from('another')), sizeBytes: 7 };
  const other = { ...entry.right, data: { ...entry.right.data, delta } };
  const line = encodeEntry({ ...other, sig: signStatement(author, other) });
  writeFileSync(ours, ndjsonOf(storyLines));
  writeFileSync(theirs, ndjsonOf(storyLines.with(index, line)));
}

it('exits 3 for another entry, another key, another old head', async () => {
  const proof = at('five.proof');
  await daybook('prove', '5', at('run.ndjson'), '-o', proof, '--entry', at('five'));
  writeFileSync(at('six'), storyLines[6] as Uint8Array);
  const otherKey = verifierKey.replace('desk+', 'task+');
  const fork = [...storyLines.slice(0, 3), storyLines[4] as Uint8Array];
  writeFileSync(at('old'), signedHead(storyLines.slice(0, 4)));
  writeFileSync(at('forked'), signedHead(fork));
  const growth = at('four.proof');
  await daybook('prove', '--from', '4', '--recording', at('run'), '-o', growth);
  const verify = async (...args: string[]) => (await daybook('verify', ...args)).code;
  const key = ['--key', verifierKey];
  const codes = await Promise.all([
    verify(proof, '--entry', at('five'), ...key),
    verify(proof, '--entry', at('six'), ...key),
    verify(proof, '--entry', at('five'), '--key', otherKey),
    verify(proof, ...key),
    verify(growth, ...key, '--old', at('old')),
    verify(growth, ...key, '--old', at('forked')),
  ]);
  expect(codes).toEqual([0, 3, 2, 2, 0, 3]);
  const told = await daybook('verify', growth, ...key, '--old', at('forked'), '--json');
  const checks = JSON.parse(told.out) as { check: string; status: string }[];
  expect([told.code, checks.at(-1)]).toMatchObject([3, { check: 'proof', status: 'failed' }]);
});

it('proves what left the books, and replay prints the root it is proved against', async () => {
  const { lines } = longRun(WINDOWS_KEPT + 3);
  writeFileSync(at('long.ndjson'), ndjsonOf(lines));
  writeFileSync(at('long.checkpoint'), signedHead(lines));
  const proof = at('window.proof');
  const long = ['--recording', at('long')];
  const proved = await daybook('prove', '--archived', 'windows:r/1', ...long, '-o', proof);
  expect(proved.code).toBe(0);
  const key = ['--key', verifierKey];
  const verified = await daybook('verify', proof, ...key);
  expect(verified.code).toBe(0);
  expect(verified.out).toContain('record 1 of 3 archived windows');
  const replayed = await daybook('replay', at('long'), '-o', 'json');
  const { archive } = JSON.parse(replayed.out) as { archive: { windows: { root: string } } };
  expect(verified.out).toContain(archive.windows.root);
  writeFileSync(
    at('altered.proof'),
    readFileSync(proof, 'utf8').replace('"window":1', '"window":2'),
  );
  const codes = await Promise.all([
    daybook('verify', at('altered.proof'), ...key),
    daybook('verify', proof, ...key, '--old', proof),
    daybook('prove', '--archived', 'windows:r/60', ...long),
    daybook('prove', '--archived', 'doors:r/1', ...long),
    daybook('prove', '3', '--archived', 'windows:r/1', ...long),
  ]);
  expect(codes.map(({ code }) => code)).toEqual([3, 2, 1, 2, 2]);
});

it('proves nothing from a recording that its head does not sign', async () => {
  writeFileSync(at('bad.ndjson'), ndjsonOf(storyLines.toReversed()));
  writeFileSync(at('bad.checkpoint'), signedHead(storyLines));
  const codes = await Promise.all([
    daybook('prove', '1', at('bad')),
    daybook('prove', String(storyLines.length), at('run')),
    daybook('prove', '1'),
  ]);
  expect(codes.map(({ code }) => code)).toEqual([3, 2, 2]);
});

it('an audit that remembers takes growth and refuses a fork or a shorter log', async () => {
  const head = at('head.note');
  const write = (name: string, lines: readonly Uint8Array[]): string => {
    writeFileSync(at(`${name}.ndjson`), ndjsonOf(lines));
    writeFileSync(at(`${name}.checkpoint`), signedHead(lines));
    return at(name);
  };
  const auditOf = async (base: string) => {
    const { code, out } = await daybook('audit', base, '--remember', head, '--lanes', '1');
    return { code, said: out.split('\n').find((line) => line.includes('remembered head')) ?? '' };
  };
  const shorter = write('shorter', storyLines.slice(0, 30));
  expect((await auditOf(shorter)).said).toMatch(/^ok .*first seen: 30 entries/);
  expect((await auditOf(at('run'))).said).toMatch(/^ok .*grew from 30 entries/);
  const kept = readFileSync(head, 'utf8');
  expect(kept).toBe(signedHead(storyLines));
  const shrunk = await auditOf(shorter);
  expect([shrunk.code, shrunk.said]).toEqual([3, expect.stringMatching(/^FAILED .*shrank/)]);
  // Another log of the same size, well-formed: the last entry, recorded at another time.
  const last = JSON.parse(Buffer.from(storyLines.at(-1) as Uint8Array).toString()) as object;
  const later = { ...last, time: '2026-06-01T00:00:00.000Z' };
  const forked = await auditOf(
    write('forked', storyLines.with(storyLines.length - 1, Buffer.from(JSON.stringify(later)))),
  );
  expect([forked.code, forked.said]).toEqual([3, expect.stringMatching(/^FAILED .*two logs/)]);
  expect(readFileSync(head, 'utf8')).toBe(kept);
  const evidence = ['--fork', `${head}.fork`, '--key', verifierKey];
  expect((await daybook('verify', ...evidence)).code).toBe(0);
});

/** A witness as a process: killed at any moment it never goes back on what it signed. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as E from 'fp-ts/lib/Either.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { leafHash } from '../../events/merkle.ts';
import { consistencyProof, subtreesOf } from '../../events/proofs.ts';
import { verifyFork } from '../../events/fork-evidence.ts';
import { formatAddCheckpoint } from '../../roles/witness/add-checkpoint.ts';
import { keyNamed } from '../../testing/desk.ts';
import type { Daybook } from '../../testing/daybook-process.ts';
import { daybook, startDaybook } from '../../testing/daybook-process.ts';
import { signedHead, storyLines, verifierKey } from '../../testing/signed-story.ts';

const folder = mkdtempSync(join(tmpdir(), 'daybook-witness-'));
const at = (name: string): string => join(folder, name);
const running: Daybook[] = [];

beforeAll(() => writeFileSync(at('key'), `${keyNamed('witness').seed()}\n`));
afterAll(async () => {
  for (const one of running) one.kill('SIGKILL');
  await Promise.all(running.map(({ ended }) => ended));
  rmSync(folder, { recursive: true, force: true });
});

const argsFor = (record: string, ...more: string[]): string[] => {
  const its = ['--key', at('key'), '--name', 'witness.example/w1', '--log-key', verifierKey];
  return ['witness', ...its, '--record', at(record), '--port', '0', ...more];
};

async function start(record: string, ...more: string[]) {
  const witness = startDaybook(...argsFor(record, ...more));
  running.push(witness);
  const [address = ''] = (await witness.printed('+')).split('\n');
  return { witness, address };
}

const subtree = subtreesOf(storyLines.map((line) => leafHash(line)));
const post = (address: string, oldSize: number, size: number, lines = storyLines) =>
  fetch(`${address}/add-checkpoint`, {
    method: 'POST',
    body: formatAddCheckpoint({
      oldSize,
      path: consistencyProof(oldSize, size, subtree),
      checkpoint: signedHead(lines.slice(0, size)),
    }),
  });

/** What the witness says it cosigned last. */
async function recorded(address: string, size: number): Promise<number> {
  const answer = await post(address, size === 0 ? 1 : 0, Math.max(size, 2));
  expect(answer.status).toBe(409);
  return Number(await answer.text());
}

it('remembers every head it signed through kill -9, and signs no other history after it', async () => {
  let signed = 0;
  for (let life = 0; life < 6; life += 1) {
    const { witness, address } = await start('crashes', '--begin');
    if (life > 0) {
      const known = await recorded(address, signed);
      // Killed between record and answer it may know one head more than was seen signed.
      expect(known === signed || known === signed + 1).toBe(true);
      signed = known;
      const fork = storyLines.with(signed - 1, storyLines[0] as Uint8Array);
      expect((await post(address, signed, signed, fork)).status).toBe(409);
      expect((await post(address, signed, signed)).status).toBe(200);
    }
    // Killed with a request on its way, at another point of it in each life.
    for (let sent = 0; sent < 5; sent += 1) {
      if (sent === 4) setTimeout(() => witness.kill('SIGKILL'), life);
      const answer = await post(address, signed, signed + 1).catch(() => null);
      if (answer?.status === 200) signed += 1;
    }
    witness.kill('SIGKILL');
    await witness.ended;
  }
  expect(signed).toBeGreaterThanOrEqual(24);
  const [evidence = ''] = readdirSync(at('crashes')).filter((name) => name.endsWith('.fork'));
  const text = readFileSync(join(at('crashes'), evidence), 'utf8');
  expect(E.isRight(verifyFork(verifierKey, text))).toBe(true);
});

it('holds its record alone, and begins none unasked', async () => {
  const missing = await daybook(...argsFor('alone'));
  expect([missing.code, missing.err]).toEqual([1, expect.stringContaining('log_not_found')]);
  expect(missing.err).toContain('--begin');
  const { witness } = await start('alone', '--begin');
  const second = await daybook(...argsFor('alone'));
  expect([second.code, second.err]).toEqual([1, expect.stringContaining('log_locked')]);
  writeFileSync(at('other'), `${keyNamed('another witness').seed()}\n`);
  witness.kill('SIGTERM');
  expect((await witness.ended).code).toBe(0);
  const stranger = await daybook(...argsFor('alone', '--key', at('other')));
  expect([stranger.code, stranger.err]).toEqual([4, expect.stringContaining('permission_denied')]);
});

it('takes POST /add-checkpoint of bounded length and nothing else', async () => {
  const { address } = await start('http', '--begin');
  const status = async (path: string, init?: RequestInit) =>
    (await fetch(`${address}${path}`, init)).status;
  expect(await status('/add-checkpoint')).toBe(405);
  expect(await status('/', { method: 'POST', body: 'x' })).toBe(404);
  expect(await status('/add-checkpoint', { method: 'POST', body: 'x' })).toBe(400);
  const long = { method: 'POST', body: 'x'.repeat(70_000) };
  expect(await status('/add-checkpoint', long).catch(() => 413)).toBe(413);
});

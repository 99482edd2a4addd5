/**
 * A ledger kept and brought back as its operators do it, on JetStream and embedded: incremental,
 * checked, into a new place, where an authority goes on at the same head; and what is refused.
 */
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLedger } from '../../adapters/open.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import { seedPolicy } from '../../commands/seed-policy.ts';
import { openingOf } from '../../commands/opening.ts';
import type { LedgerId } from '../../events/ids.ts';
import { LOG_START } from '../../events/ids.ts';
import { runAuthority } from '../../roles/authority.ts';
import { CommandClient } from '../../roles/command-client.ts';
import { checkBackup, manifestIn } from '../../roles/backup/check-backup.ts';
import { verbHere } from '../../testing/verb-here.ts';
import { keyNamed } from '../../testing/desk.ts';
import { NatsServer } from '../../testing/nats-server.ts';

const ledger = 'kept' as LedgerId;
const base = mkdtempSync(join(tmpdir(), 'daybook-backup-'));
const servers: NatsServer[] = [];
const authority = keyNamed('authority');
const operator = keyNamed('operator');
const never = new AbortController().signal;

afterAll(async () => {
  for (const server of servers) await server.stop();
  rmSync(base, { recursive: true, force: true });
});

async function place(kind: 'embedded' | 'nats', name: string): Promise<string> {
  if (kind === 'embedded') return `file:${join(base, name)}`;
  const server = await NatsServer.start();
  servers.push(server);
  return server.url;
}

type Client = (id: string, fact: never) => Promise<number>;

/** An authority on the ledger for as long as the work takes. */
async function serving<T>(url: string, work: (send: Client) => Promise<T>): Promise<T> {
  const [own, theirs] = [await openLedger(url, ledger), await openLedger(url, ledger)];
  const stop = new AbortController();
  const served = runAuthority({ ...own, clock: systemClock, key: authority }, stop.signal);
  try {
    return await work(async (id, fact) => {
      const { channel, log } = theirs;
      const key = id === 'open' ? authority : operator;
      const client = new CommandClient({ channel, clock: systemClock, key, log });
      return await client.must(id, fact, never);
    });
  } finally {
    stop.abort(new Error('over'));
    await served;
    await Promise.all([own.close(), theirs.close()]);
  }
}

const admit = (name: string) =>
  ({
    type: 'daybook.participant.admitted.v1',
    data: { participant: keyNamed(name).actor, role: 'worker', name },
  }) as never;

async function put(url: string, text: string): Promise<void> {
  const { artifacts, close } = await openLedger(url, ledger);
  await artifacts.put(Buffer.from(text));
  await close();
}

async function bytesOf(url: string): Promise<{ lines: string; head: string }> {
  const { log, close } = await openLedger(url, ledger, { create: false });
  const parts: Uint8Array[] = [];
  for await (const { payload } of log.read(LOG_START)) parts.push(payload);
  const { size, commitId } = await log.head();
  await close();
  return { lines: Buffer.concat(parts).toString('utf8'), head: `${size} ${commitId}` };
}

const backup = (folder: string, url: string, ...more: string[]) =>
  verbHere('backup', folder, '--log', url, '--ledger', ledger, '-o', 'json', ...more);

describe.each([
  ['nats', 'embedded'],
  ['embedded', 'nats'],
] as const)('from %s to %s', (from, to) => {
  const folder = join(base, `backup-${from}-${to}`);
  let source = '';
  let target = '';

  beforeAll(async () => {
    source = await place(from, `source-${to}`);
    target = await place(to, `target-${from}`);
  });

  it('keeps what is there, then what is new', async () => {
    await serving(source, async (send) => {
      const opening = openingOf(ledger, authority.actor, operator.actor, '0a'.repeat(32));
      await send('open', opening as never);
      await send('policy', { type: 'daybook.policy.adopted.v1', data: seedPolicy } as never);
      await send('admit-a', admit('a'));
      await put(source, 'a delta');
      const first = await backup(folder, source);
      expect(first.err).toBe('');
      expect(JSON.parse(first.out)).toMatchObject({
        signed: true,
        artifacts: { count: 1 },
        added: { artifacts: 1 },
      });
      expect(JSON.parse(first.out).added.entries).toBe(JSON.parse(first.out).size);
      await send('admit-b', admit('b'));
      await put(source, 'another delta');
      const second = await backup(folder, source);
      expect(JSON.parse(second.out).added).toEqual({ entries: 2, artifacts: 1 });
      const third = await backup(folder, source);
      expect(JSON.parse(third.out).added).toEqual({ entries: 0, artifacts: 0 });
    });
    const verified = await verbHere('backup', 'verify', folder);
    expect(verified.code).toBe(0);
    expect(verified.out.match(/^ok/gm)).toHaveLength(5);
  });

  it('brings it back, entry for entry, and the ledger goes on', async () => {
    const args = ['restore', folder, '--log', target];
    const dry = await verbHere(...args, '--dry-run');
    expect(dry.code).toBe(0);
    await expect(openLedger(target, ledger, { create: false })).rejects.toMatchObject({
      code: 'log_not_found',
    });
    expect((await verbHere(...args)).code).toBe(2);
    const restored = await verbHere(...args, '--yes');
    expect(restored.err).toBe('');
    expect(restored.code).toBe(0);
    const [was, is] = [await bytesOf(source), await bytesOf(target)];
    expect(is).toEqual(was);
    const { artifacts, close } = await openLedger(target, ledger);
    const held: string[] = [];
    for await (const { digest } of artifacts.list())
      held.push(Buffer.from(await artifacts.get(digest)).toString('utf8'));
    await close();
    expect(held.toSorted()).toEqual(['a delta', 'another delta']);

    const { size } = await manifestIn(folder);
    await serving(target, async (send) => {
      expect(await send('admit-c', admit('c'))).toBe(size);
      // A command that the old ledger answered gets that answer again.
      expect(await send('admit-b', admit('b'))).toBe(size - 2);
    });
    // Its backups go on in the same folder; those of the ledger it came from do not.
    expect(JSON.parse((await backup(folder, target, '--no-head')).out).added.entries).toBe(2);
    const stale = await backup(folder, source, '--no-head');
    expect(stale.code).toBe(1);
    expect(stale.err).toContain('log_corrupt');
  });

  it('refuses a place that holds a ledger', async () => {
    const again = await verbHere('restore', folder, '--log', target, '--yes');
    expect(again.code).toBe(2);
    expect(again.err).toContain('empty place');
  });
});

describe('what is not a whole backup', () => {
  const whole = join(base, 'backup-nats-embedded');

  const segment = (folder: string): string =>
    join(folder, 'commits', readdirSync(join(folder, 'commits'))[0] ?? '');
  const flip = (path: string, at: number): void => {
    const bytes = readFileSync(path);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(path, bytes);
  };
  const someArtifact = (folder: string): string => {
    const shelf = readdirSync(join(folder, 'artifacts'))[0] ?? '';
    return join(folder, 'artifacts', shelf, readdirSync(join(folder, 'artifacts', shelf))[0] ?? '');
  };
  const change = (folder: string, edit: (text: string) => string): void => {
    const path = join(folder, 'manifest.json');
    const text = readFileSync(path, 'utf8');
    const edited = edit(text);
    expect(edited).not.toBe(text);
    writeFileSync(path, edited);
  };

  it.each<[string, (folder: string) => void]>([
    ['a bit in a segment', (folder) => flip(segment(folder), 400)],
    ['a segment that is gone', (folder) => rmSync(segment(folder))],
    ['a bit in an artifact', (folder) => flip(someArtifact(folder), 0)],
    ['an artifact that is gone', (folder) => rmSync(someArtifact(folder))],
    [
      'another root',
      (folder) => change(folder, (text) => text.replace(/"root": "..../, '"root": "AAAA')),
    ],
    [
      'fewer entries',
      (folder) => change(folder, (text) => text.replace(/"size": \d+/, '"size": 1')),
    ],
    [
      'a head signed by another',
      (folder) => change(folder, (text) => text.replace(/— (\S+) ..../, '— $1 AAAA')),
    ],
    ['no manifest', (folder) => rmSync(join(folder, 'manifest.json'))],
    ['half a manifest', (folder) => change(folder, (text) => text.slice(0, 100))],
    [
      'a file from elsewhere',
      (folder) => change(folder, (text) => text.replace('commits/', '../../')),
    ],
  ])('is refused: %s', async (_, damage) => {
    const folder = mkdtempSync(join(base, 'damaged-'));
    cpSync(whole, folder, { recursive: true });
    damage(folder);
    const checks: string[] = [];
    for await (const { status } of checkBackup(folder)) checks.push(status);
    expect(checks.at(-1)).toBe('failed');
  });

  it('is not restored', async () => {
    const folder = mkdtempSync(join(base, 'damaged-'));
    cpSync(whole, folder, { recursive: true });
    flip(segment(folder), 400);
    const elsewhere = join(base, 'never');
    const ended = await verbHere('restore', folder, '--log', `file:${elsewhere}`, '--yes');
    expect(ended.code).toBe(3);
    expect(ended.err).toContain('is no whole backup');
    expect(existsSync(elsewhere)).toBe(false);
  });

  it('goes on with a restore that was cut off, and with nothing else', async () => {
    const elsewhere = `file:${join(base, 'cut-off')}`;
    const { log, close } = await openLedger(elsewhere, ledger);
    const source = await openLedger(`file:${join(base, 'target-nats')}`, ledger);
    for await (const commit of source.log.read(LOG_START)) {
      await log.append(commit, LOG_START);
      break;
    }
    await Promise.all([close(), source.close()]);
    expect((await verbHere('restore', whole, '--log', elsewhere, '--yes')).code).toBe(2);
    const ended = await verbHere('restore', whole, '--log', elsewhere, '--yes', '--go-on');
    expect(ended.err).toBe('');
    expect(await bytesOf(elsewhere)).toEqual(await bytesOf(`file:${join(base, 'target-nats')}`));
  });
});

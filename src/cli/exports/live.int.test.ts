/**
 * Every export of a ledger that is live - embedded, and on a real server - is that of its recording,
 * byte for byte, and the statements are verified against either.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLedger, type OpenLedger } from '../../adapters/open.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import { packCommit } from '../../events/commit-codec.ts';
import { LOG_START, type CommitId, type EntrySequence } from '../../events/ids.ts';
import { runAuthority } from '../../roles/authority.ts';
import { keyNamed, LEDGER } from '../../testing/desk.ts';
import { NatsServer } from '../../testing/nats-server.ts';
import { rootOf } from '../../testing/signed-story.ts';
import { moneyStory } from '../../testing/stories/money.ts';
import { verbHere } from '../../testing/verb-here.ts';

const folder = mkdtempSync(join(tmpdir(), 'daybook-live-exports-'));
const at = (...name: string[]): string => join(folder, ...name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const { lines, books } = moneyStory();
const seed = at('operator.seed');
const KINDS: Readonly<Record<string, readonly string[]>> = {
  parquet: [],
  csv: [],
  hledger: [],
  'in-toto': ['--key', seed],
  'model-card': [],
  visualization: ['--schemas'],
  claims: ['--as', 'json'],
};

/** Each file by its path. */
function filesIn(path: string): Record<string, string> {
  if (statSync(path).isFile()) return { '': readFileSync(path, 'base64') };
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' });
  return Object.fromEntries(
    names
      .filter((name) => statSync(join(path, name)).isFile())
      .map((name) => [name, readFileSync(join(path, name), 'base64')]),
  );
}

let server: NatsServer;
beforeAll(async () => {
  writeFileSync(seed, `${keyNamed('operator').seed()}\n`, { mode: 0o600 });
  server = await NatsServer.start();
});
afterAll(() => server.dispose());

describe.each(['embedded', 'nats'])('a live ledger, %s', (kind) => {
  const stop = new AbortController();
  let parts: OpenLedger;
  let authority: Promise<void>;
  let live: string[];
  const recording = at(kind, 'recording');

  beforeAll(async () => {
    const url = kind === 'nats' ? server.url : `file:${at('embedded.daybook')}`;
    live = ['--log', url, '--ledger', LEDGER];
    parts = await openLedger(url, LEDGER);
    // In two commits: exports read more than one.
    const half = lines.length >> 1;
    let position = LOG_START;
    for (const [first, end] of [
      [0, half],
      [half, lines.length],
    ] as const) {
      const root = rootOf(lines.slice(0, end));
      const commit = packCommit(
        `story-${first}` as CommitId,
        first as EntrySequence,
        lines.slice(first, end),
        root,
      );
      const stored = await parts.log.append(commit, position);
      if (stored._tag === 'Left') throw new Error('nobody else appends');
      ({ position } = await parts.log.head());
    }
    // No time goes by for it, so it has nothing to add.
    const clock = { ...systemClock, nowMs: () => books.ledger.clockMs };
    const options = { ...parts, clock, key: keyNamed('authority') };
    authority = runAuthority(options, stop.signal);
    const exported = await verbHere('export', recording, ...live);
    expect(exported, exported.err).toMatchObject({ code: 0 });
  });
  afterAll(async () => {
    stop.abort();
    await authority.catch(() => undefined);
    await parts.close();
  });

  it.each(Object.entries(KINDS))('as %s', async (name, options) => {
    const from = async (source: string[], to: string) => {
      const done = await verbHere('export', name, ...source, ...options, '-o', at(kind, to));
      expect(done, done.err).toMatchObject({ code: 0 });
      return filesIn(at(kind, to));
    };
    const files = await from(live, `${name}-live`);
    expect(Object.values(files).join('').length).toBeGreaterThan(100);
    expect(await from(['--recording', recording], `${name}-recorded`)).toEqual(files);
  });

  it('verifies its statements, and finds the one that was altered', async () => {
    const file = at(kind, 'in-toto-live');
    const signed = ['--signer', keyNamed('operator').actor];
    for (const source of [live, ['--recording', recording]]) {
      const held = await verbHere('verify', 'statement', file, ...source, ...signed);
      expect(held.code, held.err).toBe(0);
      expect(held.out.match(/^ok {6}statement/gm)).toHaveLength(
        readFileSync(file, 'utf8').trim().split('\n').length,
      );
    }
    const bare = at(kind, 'bare');
    await verbHere('export', 'in-toto', ...live, '-o', bare);
    const text = readFileSync(bare, 'utf8');
    writeFileSync(at(kind, 'altered'), text.replace(/"pages":\[\d+/, '"pages":[9999'));
    const altered = await verbHere('verify', 'statement', at(kind, 'altered'), ...live);
    expect([altered.code, altered.err]).toEqual([
      3,
      expect.stringMatching(/line 1 does not hold: statement_wrong: .*pages\[0\] is 9999/),
    ]);
    const unsigned = await verbHere('verify', 'statement', bare, ...live, ...signed);
    expect([unsigned.code, unsigned.err]).toEqual([
      3,
      expect.stringContaining('signature_missing'),
    ]);
    const key = readFileSync(`${recording}.key`, 'utf8').trim();
    const other = key.replace('desk+', 'task+');
    expect(await verbHere('verify', 'statement', bare, ...live, '--key', key)).toMatchObject({
      code: 0,
    });
    expect(await verbHere('verify', 'statement', bare, ...live, '--key', other)).toMatchObject({
      code: 2,
    });
    writeFileSync(at(kind, 'nothing'), '{}\n');
    expect(await verbHere('verify', 'statement', at(kind, 'nothing'), ...live)).toMatchObject({
      code: 1,
      err: expect.stringContaining('is not decided: statement_malformed') as string,
    });
  });

  it('refuses by code what a form cannot say', async () => {
    const refused = await verbHere('export', 'claims', ...live);
    expect([refused.code, refused.err]).toEqual([
      1,
      expect.stringContaining('refused: address_unknown: '),
    ]);
    const code = refused.err.match(/refused: (\w+)/)?.[1] ?? '';
    expect(await verbHere('errors', 'lookup', code)).toMatchObject({ code: 0 });
  });
});

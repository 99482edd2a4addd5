/** The doctor on machines and ledgers that are well, and on some that are not. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenLedger } from '../../adapters/open.ts';
import { logStream } from '../../adapters/nats/declarations.ts';
import { openLink } from '../../adapters/nats/link.ts';
import { openLedger } from '../../adapters/open.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import { openingOf } from '../../commands/opening.ts';
import type { LedgerId } from '../../events/ids.ts';
import { runAuthority } from '../../roles/authority.ts';
import { CommandClient } from '../../roles/command-client.ts';
import { verbHere } from '../../testing/verb-here.ts';
import { keyNamed } from '../../testing/desk.ts';
import { freePort } from '../../testing/free-port.ts';
import { NatsServer } from '../../testing/nats-server.ts';
import type { DoctorFinding } from './finding.ts';
import { staffingFindings } from './staffing.ts';

const ledger = 'health' as LedgerId;
const folder = mkdtempSync(join(tmpdir(), 'daybook-doctor-'));
let server: NatsServer;
let monitor: string;

beforeAll(async () => {
  const port = await freePort();
  monitor = `http://127.0.0.1:${port}`;
  server = await NatsServer.start({ args: ['-m', String(port)] });
});
afterAll(async () => {
  await server.dispose();
  rmSync(folder, { recursive: true, force: true });
});

async function examine(...args: string[]) {
  const { code, out, err } = await verbHere('doctor', ...args, '-o', 'json');
  const { verdict, findings } = JSON.parse(out) as { verdict: string; findings: DoctorFinding[] };
  const of = (check: string): DoctorFinding | undefined =>
    findings.find((finding) => finding.check === check);
  return { code, verdict, findings, of, err };
}

/** Of a log that is too long to be folded. */
async function staffing(log: string, isServed: boolean): Promise<DoctorFinding[]> {
  const findings: DoctorFinding[] = [];
  for await (const finding of staffingFindings({ log, ledger, isServed, foldedMax: 0 }))
    findings.push(finding);
  return findings;
}

/** A ledger whose authority is there while `work` runs. */
async function withAuthority(url: string, work: () => Promise<void>): Promise<void> {
  const stop = new AbortController();
  const opened: OpenLedger[] = [await openLedger(url, ledger), await openLedger(url, ledger)];
  const [own, ours] = opened as [OpenLedger, OpenLedger];
  const key = keyNamed('authority');
  const serving = runAuthority({ ...own, clock: systemClock, key }, stop.signal);
  try {
    const client = new CommandClient({ ...ours, clock: systemClock, key });
    const opening = openingOf(ledger, key.actor, keyNamed('operator').actor, '0a'.repeat(32));
    await client.must('open', opening, stop.signal);
    await work();
  } finally {
    stop.abort(new Error('over'));
    await serving;
    await Promise.all(opened.map((parts) => parts.close()));
  }
}

describe('the doctor', () => {
  it('looks at the machine without a ledger', async () => {
    const { code, of } = await examine();
    expect(code).toBe(0);
    expect(of('runtime')).toMatchObject({ status: 'ok' });
    expect(of('exact kernels')?.detail).toMatch(/WASM SIMD128.* GFLOP\/s/);
    expect(of('gpu')?.status).not.toBe('fail');
    expect(of('ledger')).toBeUndefined();
  });

  it('finds an embedded ledger and its authority well', async () => {
    const url = `file:${join(folder, 'well')}`;
    await withAuthority(url, async () => {
      const { code, of } = await examine('--log', url, '--ledger', ledger);
      expect(code).toBe(0);
      expect(of('sqlite')?.detail).toMatch(/journal wal.*pages sound/);
      expect(of('authority')).toMatchObject({ status: 'ok' });
      expect(of('authority')?.detail).toContain('signed head of 1 entries, lag 0');
      expect(await staffing(url, true)).toEqual([]);
    });
    // Too long to be folded here, and nobody to ask.
    expect(await staffing(url, false)).toMatchObject([
      {
        check: 'runs',
        status: 'warn',
        detail: expect.stringContaining('not looked at: 1 entries'),
      },
    ]);
    const { code, verdict, of } = await examine('--log', url, '--ledger', ledger);
    expect([code, verdict]).toEqual([0, 'usable']);
    expect(of('authority')).toMatchObject({ status: 'warn', detail: 'nobody answers' });
  });

  it('names what is wrong with a folder, a ledger and keys', async () => {
    const missing = await examine('--log', `file:${join(folder, 'nothing')}`);
    expect(missing.code).toBe(1);
    expect(missing.of('folder')).toMatchObject({ status: 'fail' });

    const spoiled = join(folder, 'spoiled');
    await (await openLedger(`file:${spoiled}`, ledger)).close();
    writeFileSync(join(spoiled, 'log.sqlite'), 'no database');
    const broken = await examine('--log', `file:${spoiled}`, '--ledger', ledger);
    expect(broken.of('sqlite')).toMatchObject({ status: 'fail' });

    const [open, bad] = [join(folder, 'open.nk'), join(folder, 'bad.nk')];
    writeFileSync(open, `${keyNamed('somebody').seed()}\n`);
    chmodSync(open, 0o644);
    writeFileSync(bad, 'SUAAAA\n', { mode: 0o600 });
    const keys = await examine('--key', open, bad);
    expect(keys.code).toBe(1);
    const found = keys.findings.filter(({ check }) => check === 'key');
    expect(found.map(({ status }) => status)).toEqual(['warn', 'fail']);
    expect(found[0]?.advice).toBe(`run: chmod 600 ${open}`);
    expect(JSON.stringify(keys.findings)).not.toContain(keyNamed('somebody').seed());
  });

  it('reads a server: version, streams, fsync, clock, rights, authority', async () => {
    await withAuthority(server.url, async () => {
      const { code, verdict, findings, of } = await examine(
        '--log',
        server.url,
        '--ledger',
        ledger,
        '--monitor',
        monitor,
      );
      expect(findings.filter(({ status }) => status === 'fail')).toEqual([]);
      expect([code, verdict === 'unfit']).toEqual([0, false]);
      expect(of('server')?.detail).toContain(`nats-server ${server.version}`);
      expect(of('log stream')?.detail).toContain('as declared');
      expect(of('fsync')?.status).toBe('ok');
      expect(of('server clock')?.status).toBe('ok');
      expect(of('append')?.detail).toContain('may append');
      expect(of('authority')?.detail).toContain('lag 0');
    });
    // Asking for the right to append has appended nothing.
    const { log, close } = await openLedger(server.url, ledger, { create: false });
    expect(await log.head()).toMatchObject({ size: 1, position: 1 });
    await close();
    const untold = await examine('--log', server.url, '--ledger', ledger);
    expect(untold.of('fsync')).toMatchObject({ status: 'warn' });
  });

  it('warns of a server that may lose what it acknowledged, and knows another server’s answer', async () => {
    const [port, folderOfConf] = [await freePort(), mkdtempSync(join(folder, 'conf-'))];
    const config = join(folderOfConf, 'lazy.conf');
    writeFileSync(config, 'server_name: lazy\njetstream { store_dir: $DAYBOOK_STORE_DIR }\n');
    const lazy = await NatsServer.start({ config, args: ['-m', String(port)] });
    await (await openLedger(lazy.url, ledger)).close();
    const at = ['--log', lazy.url, '--ledger', ledger, '--monitor'];
    const [own, others] = await Promise.all([
      examine(...at, `http://127.0.0.1:${port}`),
      examine(...at, monitor),
    ]);
    expect(own.of('fsync')).toMatchObject({ status: 'warn' });
    expect(own.of('fsync')?.detail).toContain('flushed every 120 s, one copy');
    expect(others.of('fsync')?.detail).toContain('another server');
    const link = await openLink(lazy.url);
    const hasty = { ...logStream('hasty' as LedgerId), persist_mode: 'async' };
    await link.jsm.streams.add(hasty as ReturnType<typeof logStream>);
    await link.close();
    const { of } = await examine('--log', lazy.url, '--ledger', 'hasty');
    expect(of('fsync')).toMatchObject({ status: 'fail' });
    expect(of('fsync')?.detail).toContain('persist_mode: async');
    await lazy.dispose();
  });

  it('names the settings by which a stream could forget', async () => {
    const link = await openLink(server.url);
    const loose = 'loose' as LedgerId;
    await link.jsm.streams.add({ ...logStream(loose), max_age: 1e9 * 3600, deny_delete: false });
    await link.close();
    const { code, of } = await examine('--log', server.url, '--ledger', loose);
    expect(code).toBe(1);
    expect(of('log stream')).toMatchObject({ status: 'fail' });
    expect(of('log stream')?.detail).toContain('max_age is 3600000000000, not 0');
    expect(of('log stream')?.detail).toContain('deny_delete');
  });

  it('says that a server is away, or knows no such ledger', async () => {
    const [away, other] = await Promise.all([
      examine('--log', `nats://127.0.0.1:${await freePort()}`),
      examine('--log', server.url, '--ledger', 'another'),
    ]);
    expect([away.code, other.code]).toEqual([1, 1]);
    expect(away.of('server')?.detail).toContain('log_unavailable');
    expect(away.of('ledger')).toBeUndefined();
    expect(other.of('log stream')?.detail).toContain('log_not_found');
  });

  it('refuses an address that is none', async () => {
    const { code, out, err } = await verbHere('doctor', '--log', 'http://somewhere');
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('file:<folder> or nats://host:port');
  });
});

/** The bundle for a bug report, from a guarded server with a running authority: whole, no secrets. */
import { execFileSync } from 'node:child_process';
import {
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { daybook, startDaybook } from '../../testing/daybook-process.ts';
import type { Daybook } from '../../testing/daybook-process.ts';
import { keyNamed } from '../../testing/desk.ts';
import { freePort } from '../../testing/free-port.ts';
import { NatsServer } from '../../testing/nats-server.ts';

const PASSWORD = 'hunter2-Tr0ub4dor';
const TOKEN = 'tok-3v1l-0000';
const folder = mkdtempSync(join(tmpdir(), 'daybook-bundle-'));
const at = (name: string): string => join(folder, name);
let server: NatsServer;
let monitor = '';
let authority: Daybook;
let log = '';

beforeAll(async () => {
  const port = await freePort();
  monitor = `http://127.0.0.1:${port}`;
  server = await NatsServer.start({
    args: ['-m', String(port), '--user', 'alice', '--pass', PASSWORD],
  });
  log = server.url.replace('nats://', `nats://alice:${PASSWORD}@`);
  mkdirSync(at('keys'));
  mkdirSync(at('logs'));
  writeFileSync(at('keys/authority.seed'), `${keyNamed('authority').seed()}\n`, { mode: 0o600 });
  authority = startDaybook(
    'authority',
    '--log',
    log,
    '--key',
    at('keys/authority.seed'),
    '--log-level',
    'debug',
    '--operator',
    keyNamed('operator').actor,
    '--metrics',
    '127.0.0.1:0',
  );
  await authority.said('open');
  writeFileSync(at('server.conf'), `authorization { user: alice, password: "${PASSWORD}" }\n`);
  const said = createWriteStream(at('logs/worker.log'));
  said.write('an old line\n'.repeat(5000));
  said.write(
    `worker: cannot use ${keyNamed('worker').seed()} at ${log}\nAuthorization: Bearer ${TOKEN}\n`,
  );
  await new Promise((resolve) => said.end(resolve));
});
afterAll(async () => {
  authority.kill('SIGTERM');
  const { err } = await authority.ended;
  // What is started with a password in its address does not log it.
  expect(err).toContain('authority');
  expect(err).not.toContain(PASSWORD);
  await server.dispose();
  rmSync(folder, { recursive: true, force: true });
});

it('holds what a report needs and nothing secret', async () => {
  const [, metrics = ''] =
    /metrics and health at (\S+)/.exec(await authority.said('metrics and')) ?? [];
  const ended = await daybook(
    'doctor',
    'bundle',
    at('report.tar.gz'),
    '--log',
    log,
    '--monitor',
    monitor,
    '--logs',
    at('logs'),
    '--config',
    at('server.conf'),
    '--config',
    at('keys/authority.seed'),
    '--metrics',
    metrics,
    '--metrics',
    'http://127.0.0.1:1',
    '--key',
    at('keys'),
  );
  expect(ended.err).toBe('');
  expect(ended.code).toBe(0);
  const tar = gunzipSync(readFileSync(at('report.tar.gz'))).toString('latin1');
  const seeds = ['authority', 'worker'].map((name) => keyNamed(name).seed());
  for (const secret of [PASSWORD, TOKEN, ...seeds]) expect(tar).not.toContain(secret);

  execFileSync('tar', ['xzf', at('report.tar.gz'), '-C', folder]);
  const file = (name: string): string => readFileSync(at(`report/${name}`), 'utf8');
  expect(JSON.parse(file('about.json'))).toMatchObject({
    daybook: '0.1.0',
    options: { ledger: 'main' },
  });
  const checks = JSON.parse(file('doctor.json')).map(({ check }: { check: string }) => check);
  expect(checks).toContain('authority');
  expect(JSON.parse(file('ledger.json'))).toMatchObject({ head: { size: 1 } });
  const { server: info, streams } = JSON.parse(file('server.json'));
  expect(info.version).toMatch(/^2\./);
  expect(streams[0].state.messages).toBe(1);
  expect(JSON.parse(file('monitor/varz.json')).version).toBe(info.version);
  expect(file('roles/1-metrics.txt')).toContain('daybook_authority_leads 1');
  expect(file('roles/2-metrics.txt')).toContain('failed: ');
  expect(file('logs/1-worker.log')).toContain('cannot use <seed> at nats://<login>@');
  expect(file('logs/1-worker.log').split('\n').length).toBeLessThanOrEqual(1000);
  expect(file('config/1-server.conf')).toContain('user: alice');
  expect(file('config/2-authority.seed')).toContain('left out');
});

it('is made of what is broken, too, and overwrites nothing', async () => {
  const broken = ['doctor', 'bundle', at('broken.tar.gz'), '--log', 'nats://127.0.0.1:1'];
  expect((await daybook(...broken)).code).toBe(0);
  execFileSync('tar', ['xzf', at('broken.tar.gz'), '-C', folder]);
  expect(JSON.parse(readFileSync(at('broken/ledger.json'), 'utf8')).failed).toBeTruthy();
  expect((await daybook(...broken)).code).toBe(2);
});

/**
 * docker-compose.yml without Docker: its three servers as a cluster on loopback, and every service's
 * own command line as a process, until a window is promoted, its head is cosigned and all are ready.
 * Only what a container would give them is put in its place: paths of volumes, names of hosts, ports.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { commandOf, readComposeFile } from '../../testing/compose-file.ts';
import { startNatsCluster } from '../../testing/nats-cluster.ts';
import type { NatsCluster } from '../../testing/nats-cluster.ts';
import { freePort } from '../../testing/nats-server.ts';
import { readPrometheusText } from '../../testing/prometheus-text.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'daybook-compose-'));
const { services } = readComposeFile();
const roles = Object.keys(services).filter(
  (name) => services[name]?.image === 'daybook' && !['keys', 'operator'].includes(name),
);
/** Where each listens: for probes and scrapers, and for whoever it serves. */
const vitals = new Map<string, number>();
const served = new Map<string, number>();
const said = new Map<string, string>();
const running = new Map<string, ChildProcess>();
let cluster: NatsCluster;

beforeAll(async () => {
  cluster = await startNatsCluster();
  for (const name of ['keys', 'record', 'cache']) mkdirSync(join(folder, name));
  for (const name of roles) {
    vitals.set(name, await freePort());
    served.set(name, name === 'explorer' ? (vitals.get(name) ?? 0) : await freePort());
  }
});

afterAll(async () => {
  const ends = [...running.values()].map(
    (child) =>
      new Promise((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) return resolve(null);
        child.once('exit', resolve);
        child.kill('SIGTERM');
        setTimeout(() => child.kill('SIGKILL'), 10_000).unref();
      }),
  );
  await Promise.all(ends);
  await cluster.dispose();
  rmSync(folder, { recursive: true, force: true });
});

function placed(text: string, name: string): string {
  return text
    .replaceAll(/nats:\/\/n1:4222,n2:4222,n3:4222\?replicas=3/g, cluster.url)
    .replaceAll(/(^|[\s"'(])\/(keys|record|cache)\b/g, `$1${folder}/$2`)
    .replaceAll('0.0.0.0:4690', `127.0.0.1:${vitals.get(name)}`)
    .replaceAll('--host 0.0.0.0', '--host 127.0.0.1')
    .replaceAll(/--port \d+/g, `--port ${served.get(name)}`)
    .replaceAll('http://witness:4681', `http://127.0.0.1:${served.get('witness')}`);
}

function start(name: string): ChildProcess {
  const service = services[name];
  if (service === undefined) throw new Error(`no service ${name}`);
  const [program = '', ...args] = commandOf(service).map((part) => placed(part, name));
  const environment = Object.entries(service.environment ?? {}).map(
    ([variable, value]) => [variable, placed(value, name)] as const,
  );
  // The image has one Node and one working directory.
  const child = spawn(program === 'node' ? process.execPath : program, args, {
    cwd: root,
    env: {
      PATH: `${join(process.execPath, '..')}:${process.env['PATH']}`,
      ...Object.fromEntries(environment),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      said.set(name, `${said.get(name) ?? ''}${text}`);
    });
  running.set(name, child);
  return child;
}

const ended = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => {
    child.once('exit', (code) => resolve(code));
  });

async function until<T>(what: string, ask: () => Promise<T | null>, withinMs: number): Promise<T> {
  const endMs = Date.now() + withinMs;
  for (;;) {
    const found = await ask().catch(() => null);
    if (found !== null) return found;
    for (const [name, { exitCode }] of running)
      if (exitCode !== null && exitCode !== 0)
        throw new Error(`${name} ended with ${exitCode}: ${said.get(name)}`);
    if (Date.now() > endMs) throw new Error(`no ${what} in time: ${JSON.stringify([...said])}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** What the service's own health check asks. */
const healthy = (name: string) => async (): Promise<true | null> => {
  const { test = [] } = services[name]?.healthcheck ?? {};
  const [, , script = '', url = ''] = test;
  const there = url.replace(/:\d+\//, `:${vitals.get(name)}/`);
  const probe = spawn(process.execPath, [script, there], { cwd: root, stdio: 'ignore' });
  return (await ended(probe)) === 0 ? true : null;
};

it('comes up in its order and promotes a window', async () => {
  expect(await ended(start('keys'))).toBe(0);
  start('authority');
  start('standby');
  start('witness');
  await until('authority', healthy('authority'), 60_000);
  const rest = roles.filter((name) => !running.has(name));
  for (const name of rest) start(name);
  const operator = start('operator');
  expect(await ended(operator)).toBe(0);
  for (const name of roles) await until(`health of ${name}`, healthy(name), 120_000);

  const explorer = `http://127.0.0.1:${vitals.get('explorer')}`;
  const windows = await until(
    'promoted window',
    async () => {
      const text = await (await fetch(`${explorer}/metrics`)).text();
      const found = readPrometheusText(text).find(
        ({ name, value }) => name === 'daybook_run_windows_reconciled' && value > 0,
      );
      return found === undefined ? null : found.value;
    },
    240_000,
  );
  expect(windows).toBeGreaterThan(0);
  const overview = (await (await fetch(`${explorer}/api/overview`)).json()) as {
    fault: unknown;
    windows: { aggregation: { decision?: string } | null }[];
  };
  expect(overview.fault).toBeNull();
  expect(JSON.stringify(overview.windows)).toContain('promoted');
  await until(
    'cosigned head',
    async () => {
      const note = await (await fetch(`${explorer}/checkpoint`)).text();
      return note.includes('witness.example') ? note : null;
    },
    30_000,
  );

  const leads = await Promise.all(
    ['authority', 'standby'].map(async (name) => {
      const text = await (await fetch(`http://127.0.0.1:${vitals.get(name)}/metrics`)).text();
      return readPrometheusText(text).find((one) => one.name === 'daybook_authority_leads')?.value;
    }),
  );
  expect(leads.toSorted()).toEqual([0, 1]);
}, 480_000);

/**
 * docker-compose.yml without Docker: its three servers as a cluster on loopback, and every service's
 * own command line as a process, until a window is promoted, its head is cosigned and all are ready.
 * Only what a container would give them is put in its place: paths of volumes, names of hosts, ports.
 * Where there is a Prometheus it scrapes them as ops/prometheus says, and what the dashboard and the
 * alerts ask for is asked of it.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LedgerId } from '../../events/ids.ts';
import type { DoctorFinding } from '../doctor/finding.ts';
import { serverFindings } from '../doctor/server.ts';
import { commandOf, readComposeFile } from '../../testing/compose-file.ts';
import { startNatsCluster } from '../../testing/nats-cluster.ts';
import type { NatsCluster } from '../../testing/nats-cluster.ts';
import { freePort } from '../../testing/free-port.ts';
import { hasPrometheus, startPrometheus } from '../../testing/prometheus.ts';
import type { Prometheus } from '../../testing/prometheus.ts';
import { readPrometheusText } from '../../testing/prometheus-text.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const ledger = 'main' as LedgerId;
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
const restarts = new Map<string, number>();
let cluster: NatsCluster;
let prometheus: Prometheus | null = null;

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
  await prometheus?.stop();
  await cluster.dispose();
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
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

/** As often as its service comes back: a cluster that just came up may not take streams yet. */
const RESTARTS_MAX = 3;

/** As the file's restart policies have it. */
function restartWhatFailed(): void {
  for (const [name, { exitCode }] of running) {
    if (exitCode === null || exitCode === 0) continue;
    const before = restarts.get(name) ?? 0;
    if (services[name]?.restart === undefined || before >= RESTARTS_MAX)
      throw new Error(`${name} ended with ${exitCode}: ${said.get(name)}`);
    restarts.set(name, before + 1);
    start(name);
  }
}

/** A limit for what hangs. */
const WITHIN_MS = 240_000;

async function until<T>(what: string, ask: () => Promise<T | null>): Promise<T> {
  const endMs = Date.now() + WITHIN_MS;
  for (;;) {
    const found = await ask().catch(() => null);
    if (found !== null) return found;
    restartWhatFailed();
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
  expect(await ended(start('keys')), said.get('keys')).toBe(0);
  start('authority');
  start('standby');
  start('witness');
  await until('authority', healthy('authority'));
  const rest = roles.filter((name) => !running.has(name));
  for (const name of rest) start(name);
  start('operator');
  await until('end of operator', async () => running.get('operator')?.exitCode === 0 || null);
  for (const name of roles) await until(`health of ${name}`, healthy(name));

  // From here on, so that it sees counters begin and go up.
  const placedTarget = (target: string): string =>
    `127.0.0.1:${vitals.get(target.split(':')[0] ?? '')}`;
  if (hasPrometheus) prometheus = await startPrometheus(placedTarget);
  const explorer = `http://127.0.0.1:${vitals.get('explorer')}`;
  const windows = await until('promoted window', async () => {
    const text = await (await fetch(`${explorer}/metrics`)).text();
    const found = readPrometheusText(text).find(
      ({ name, value }) => name === 'daybook_run_windows_reconciled' && value > 0,
    );
    return found === undefined ? null : found.value;
  });
  expect(windows).toBeGreaterThan(0);
  const overview = (await (await fetch(`${explorer}/api/overview`)).json()) as {
    fault: unknown;
    windows: { aggregation: { decision?: string } | null }[];
  };
  expect(overview.fault).toBeNull();
  expect(JSON.stringify(overview.windows)).toContain('promoted');
  await until('cosigned head', async () => {
    const note = await (await fetch(`${explorer}/checkpoint`)).text();
    return note.includes('witness.example') ? note : null;
  });

  // The lead may be changing hands, and a replica behind, on a machine that is busy.
  await until('one that leads', async () => {
    const leads = await Promise.all(
      ['authority', 'standby'].map(async (name) => {
        const text = await (await fetch(`http://127.0.0.1:${vitals.get(name)}/metrics`)).text();
        return readPrometheusText(text).find((one) => one.name === 'daybook_authority_leads')
          ?.value;
      }),
    );
    return leads.toSorted().join() === '0,1' ? leads : null;
  });
  const replicated = await until('three replicas of each', async () => {
    const found: DoctorFinding[] = [];
    for await (const finding of serverFindings(cluster.url, ledger, undefined))
      if (finding.check === 'replicas') found.push(finding);
    const names = found.map(({ detail }) => [1, 2, 3].every((n) => detail.includes(`n${n}`)));
    return names.length > 0 && names.every(Boolean) ? found : null;
  });
  expect(replicated).toHaveLength(2);
});

interface Target {
  readonly expr: string;
  readonly legendFormat: string;
}

describe.skipIf(!hasPrometheus)('a Prometheus that scrapes it', () => {
  const asked = async (query: string) => (await prometheus?.ask(query)) ?? [];

  it('finds every role where the configuration says', async () => {
    await until('scrape of all', async () =>
      (await asked('up == 1')).length === roles.length ? true : null,
    );
    await until('readiness of all', async () =>
      (await asked('daybook_ready == 1')).length === roles.length ? true : null,
    );
  });

  it('has an answer to each question of the dashboard, with what its legend names', async () => {
    const file = readFileSync(join(root, 'ops/grafana/daybook.json'), 'utf8');
    const { panels } = JSON.parse(file) as { panels: { title: string; targets: Target[] }[] };
    for (const { title, targets } of panels)
      for (const { expr, legendFormat } of targets) {
        // Of nothing there is no mean: between two looks at which no step ended it is NaN. So a number
        // is waited for, at whatever time since the start it was one.
        const found = await until(`answer to ${expr}`, async () => {
          const some = await asked(`max_over_time((${expr})[1h:1s])`);
          return some.some(({ value: [, value] }) => value !== 'NaN') ? some : null;
        });
        for (const [, label = ''] of legendFormat.matchAll(/\{\{(\w+)\}\}/g))
          for (const { metric } of found)
            expect([title, Object.keys(metric)]).toEqual([title, expect.arrayContaining([label])]);
      }
  });

  it('evaluates each alert on series that there are, and raises one for a role that is gone', async () => {
    const evaluated = await until('evaluation', async () => {
      const rules = (await prometheus?.rules()) ?? [];
      return rules.every(({ health }) => health !== 'unknown') ? rules : null;
    });
    expect(evaluated.length).toBeGreaterThan(10);
    for (const { name, health, lastError, query } of evaluated) {
      expect([name, health, lastError]).toEqual([name, 'ok', undefined]);
      for (const [metric] of query.matchAll(/\b(?:up|daybook_\w+)\b/g))
        await until(`${metric} of ${name}`, async () =>
          (await asked(`count(${metric})`)).length === 1 ? true : null,
        );
    }
    running.get('relay')?.kill('SIGKILL');
    // Alone: one that answered a scrape too late is back with the next.
    await until('alert for the relay alone', async () => {
      const rules = (await prometheus?.rules()) ?? [];
      const down = rules.find(({ name }) => name === 'DaybookRoleDown')?.alerts ?? [];
      return down.map(({ labels }) => labels['job']).join() === 'daybook-relay' ? down : null;
    });
  });
});

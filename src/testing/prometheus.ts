/**
 * A real Prometheus as a process, with the configuration and rules of `ops/prometheus`. Only where its
 * targets are and how often it looks is its caller's. Invariant: it does not outlive whoever started it.
 */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { freePort, LOOPBACK } from './free-port.ts';

const source = fileURLToPath(new URL('../../ops/prometheus', import.meta.url));

/** There is none to be had with the packages: it comes with the system, or its tests are skipped. */
export const hasPrometheus = spawnSync('prometheus', ['--version']).status === 0;

export interface Found {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [seconds: number, value: string];
}

export interface RuleState {
  readonly name: string;
  readonly query: string;
  readonly health: 'ok' | 'err' | 'unknown';
  readonly lastError?: string;
  readonly state: 'inactive' | 'pending' | 'firing';
  readonly alerts: readonly { readonly labels: Readonly<Record<string, string>> }[];
}

interface Configuration {
  global: { scrape_interval: string; evaluation_interval?: string };
  scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[];
}

export interface Prometheus {
  /** @throws Error what Prometheus says against the expression */
  ask(query: string): Promise<Found[]>;
  rules(): Promise<RuleState[]>;
  stop(): Promise<void>;
}

const LOOK_EVERY = '1s';

/** @param placed from a target of the configuration (`authority:4690`) to where it is here */
export async function startPrometheus(placed: (target: string) => string): Promise<Prometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'daybook-prometheus-'));
  cpSync(source, folder, { recursive: true });
  const file = join(folder, 'prometheus.yml');
  const config = parse(readFileSync(file, 'utf8')) as Configuration;
  config.global = {
    ...config.global,
    scrape_interval: LOOK_EVERY,
    evaluation_interval: LOOK_EVERY,
  };
  for (const { static_configs: some } of config.scrape_configs)
    for (const one of some) one.targets = one.targets.map(placed);
  writeFileSync(file, stringify(config));
  const address = `${LOOPBACK}:${await freePort()}`;
  const args = [
    `--config.file=${file}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=${address}`,
  ];
  const child = spawn('prometheus', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr
    .setEncoding('utf8')
    .on('data', (text: string) => (said = (said + text).slice(-9999)));
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const killed = (): void => void child.kill('SIGKILL');
  process.once('exit', killed);

  async function get<T>(path: string): Promise<T> {
    const response = await fetch(`http://${address}/api/v1/${path}`);
    const answer = (await response.json()) as { data: T; error?: string };
    if (!response.ok) throw new Error(`${decodeURIComponent(path)}: ${answer.error}`);
    return answer.data;
  }
  async function stop(): Promise<void> {
    child.kill('SIGTERM');
    await gone;
    process.off('exit', killed);
    rmSync(folder, { recursive: true, force: true });
  }
  const isReady = (): Promise<boolean> =>
    fetch(`http://${address}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isReady())) {
    if (child.exitCode !== null) throw new Error(`prometheus ended (${child.exitCode}): ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    ask: async (query) =>
      (await get<{ result: Found[] }>(`query?query=${encodeURIComponent(query)}`)).result,
    rules: async () =>
      (await get<{ groups: { rules: RuleState[] }[] }>('rules')).groups.flatMap(
        (group) => group.rules,
      ),
    stop,
  };
}

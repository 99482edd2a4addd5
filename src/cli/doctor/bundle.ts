/**
 * `daybook doctor bundle <file>`: what a bug report needs, in one .tar.gz: versions, how things are
 * set up, the doctor's findings, the server and its streams, the end of the ledger, metrics, the
 * last lines of logs. Secrets are blacked out in every file (redaction.ts); keys are never read into
 * it. What cannot be had is said in its place, so a bundle can be made of what is broken.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { availableParallelism, arch, platform, release, totalmem } from 'node:os';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Command } from 'commander';
import { redacted, redactedValue } from '../../roles/telemetry/redaction.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { writeNamed } from '../terminal/named-files.ts';
import { ledgerName } from '../ledger/ledger-options.ts';
import { print } from '../terminal/output.ts';
import { repeated } from '../terminal/repeated.ts';
import { buildDigest, VERSION } from '../terminal/software.ts';
import type { TarFile } from '../terminal/tar.ts';
import { tarOf } from '../terminal/tar.ts';
import { examine } from './examine.ts';
import type { ExamineOptions } from './examine.ts';
import { withExamined } from './examine-options.ts';
import type { DoctorFinding } from './finding.ts';
import { messageOf } from './finding.ts';
import { ledgerEnd } from './ledger-end.ts';
import { serverState } from './server-state.ts';

interface BundleOptions extends ExamineOptions {
  readonly logs: readonly string[];
  readonly config: readonly string[];
  readonly metrics: readonly string[];
  readonly force?: boolean;
}

const LOG_LINES = 1000;
const FILE_BYTES_MAX = 2 ** 20;
const FETCH_MS = 3000;
const LOG_FILE = /\.(log|jsonl|txt)$/;

export function registerBundle(doctor: Command): void {
  const bundle = doctor
    .command('bundle')
    .description('put all that a bug report needs in one file, secrets blacked out');
  withExamined(bundle)
    .argument('<file>', 'where to: a .tar.gz')
    .option(
      '--logs <path>',
      'log file, or folder of them: the last lines; repeatable',
      repeated,
      [],
    )
    .option('--config <file>', 'configuration to put in; repeatable', repeated, [])
    .option('--metrics <url>', 'address of a role that serves metrics; repeatable', repeated, [])
    .option('--force', 'overwrite a file that is there')
    .action(runBundle);
}

async function runBundle(file: string, options: BundleOptions): Promise<void> {
  if (existsSync(file) && options.force !== true)
    throw new Exit(EXIT.usage, `${file} is there; use --force to overwrite it`);
  const files = await filesOf(options);
  const root = basename(file).replace(/\.(tar\.gz|tgz)$/, '');
  const placed = files.map(({ name, bytes }) => ({ name: `${root}/${name}`, bytes }));
  writeNamed(file, gzipSync(tarOf(placed, Date.now() / 1000)), { mode: 0o600 });
  for (const { name, bytes } of files) print(`${name}  ${bytes.byteLength} bytes`);
  print(`${file}: look through it before you send it`);
}

/** Every one of them has been through the redaction. */
async function filesOf(options: BundleOptions): Promise<TarFile[]> {
  const files: TarFile[] = [];
  const json = (name: string, value: unknown): void => {
    const text = JSON.stringify(redactedValue(value), null, 2);
    files.push({ name, bytes: Buffer.from(`${text}\n`) });
  };
  const text = (name: string, content: string): void => {
    files.push({ name, bytes: Buffer.from(redacted(content)) });
  };
  json('about.json', about(options));
  json('doctor.json', await attempt(() => findingsOf(options)));
  if (options.log !== undefined) {
    const at = { log: options.log, ledger: ledgerName(options.ledger) };
    json('ledger.json', await attempt(() => ledgerEnd(at)));
    if (at.log.startsWith('nats:')) json('server.json', await attempt(() => serverState(at)));
  }
  if (options.monitor !== undefined)
    for (const path of ['varz', 'jsz'])
      json(
        `monitor/${path}.json`,
        await attempt(() => fetched(options.monitor ?? '', path).then(parsed)),
      );
  for (const [i, url] of options.metrics.entries())
    for (const path of ['metrics', 'status', 'readyz'])
      text(`roles/${i + 1}-${path}.txt`, await attempt(() => fetched(url, path)).then(asText));
  for (const [i, path] of options.logs.flatMap(logFiles).entries())
    text(`logs/${i + 1}-${shortName(path)}`, await attempt(() => lastLines(path)).then(asText));
  for (const [i, path] of options.config.entries())
    text(`config/${i + 1}-${shortName(path)}`, await attempt(() => wholeFile(path)).then(asText));
  return files;
}

async function findingsOf(options: ExamineOptions): Promise<DoctorFinding[]> {
  const findings: DoctorFinding[] = [];
  for await (const finding of examine(options)) findings.push(finding);
  return findings;
}

interface Failed {
  readonly failed: string;
}

const attempt = async <T>(work: () => T | Promise<T>): Promise<T | Failed> => {
  try {
    return await work();
  } catch (error) {
    return { failed: messageOf(error) };
  }
};

const asText = (found: string | Failed): string =>
  typeof found === 'string' ? found : `failed: ${found.failed}\n`;
const parsed = (text: string): unknown => JSON.parse(text);
const shortName = (path: string): string => basename(path).slice(-60);

const about = (options: BundleOptions) => ({
  daybook: VERSION,
  build: buildDigest(),
  node: process.versions,
  machine: {
    platform: platform(),
    release: release(),
    arch: arch(),
    processors: availableParallelism(),
    memoryBytes: totalmem(),
  },
  takenAt: new Date().toISOString(),
  options,
  // That they are set; what to, nobody needs to know.
  environment: Object.keys(process.env)
    .filter((name) => /^(DAYBOOK|NATS|NODE|NO_COLOR)/.test(name))
    .toSorted(),
});

async function fetched(base: string, path: string): Promise<string> {
  const url = new URL(path, base.endsWith('/') ? base : `${base}/`);
  const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_MS) });
  return (await response.text()).slice(0, FILE_BYTES_MAX);
}

function logFiles(path: string): string[] {
  if (!existsSync(path) || !statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .filter((name) => LOG_FILE.test(name))
    .toSorted()
    .map((name) => join(path, name));
}

function wholeFile(path: string): string {
  if (/\.(seed|nk|creds)$/.test(path)) return 'a key: left out\n';
  const bytes = readFileSync(path);
  return bytes.subarray(-FILE_BYTES_MAX).toString('utf8');
}

const lastLines = (path: string): string =>
  wholeFile(path).split('\n').slice(-LOG_LINES).join('\n');

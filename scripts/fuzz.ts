/**
 * A fuzzing campaign over every decoder of strangers' bytes:
 *
 *   node scripts/fuzz.ts --target all --inputs 1000000 --seed 1
 *   node scripts/fuzz.ts --target entry --seed 1 --at 4711      feeds one input again, and shows it
 *
 * Each target runs in a thread of its own, which this one watches: an input that is not done within
 * `HANG_MS` is a finding, and so are one that costs more processor time than its length allows
 * (measured again before it is believed), memory that grows by more than `RSS_GROWTH_MAX`, and
 * whatever breaks a target's promises. Exits with 1 when there is a finding.
 */
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { allTargets } from '../src/testing/fuzz/all-targets.ts';
import { feedInput, inputAt } from '../src/testing/fuzz/campaign.ts';
import type { Finding } from '../src/testing/fuzz/campaign.ts';
import type { FuzzTarget } from '../src/testing/fuzz/target.ts';

const INPUT_CPU_MS_MAX = 50;
/** Beside that, for long inputs: their cost must be linear. */
const CPU_MS_PER_MIB = 100;
const HANG_MS = 20_000;
/** Between a tenth of the campaign, when everything is warm, and its end. */
const RSS_GROWTH_MAX = 256 * 2 ** 20;
const FINDINGS_MAX = 20;

interface Order {
  readonly name: string;
  readonly seed: number;
  readonly inputs: number;
  /** One 32-bit cell: the index of the input being fed. */
  readonly progress: SharedArrayBuffer;
}

interface Report {
  readonly accepted: number;
  readonly findings: readonly Finding[];
  readonly findingCount: number;
  readonly seconds: number;
  readonly slowestMs: number;
  readonly rssGrowth: number;
}

const targetNamed = (name: string): FuzzTarget => {
  const target = allTargets.find((candidate) => candidate.name === name);
  if (target === undefined) throw new Error(`there is no target "${name}"`);
  return target;
};

/** Least processor time of three: what another process or the collector took is not the input's. */
function cpuMsOf(target: FuzzTarget, seed: number, index: number): number {
  const input = inputAt(target, seed, index);
  const rounds = Array.from({ length: 3 }, () => {
    const before = process.threadCpuUsage();
    try {
      target.feed(input);
    } catch {
      // Reported by whoever fed it first.
    }
    const { user, system } = process.threadCpuUsage(before);
    return (user + system) / 1000;
  });
  return Math.min(...rounds);
}

function runTarget({ name, seed, inputs, progress }: Order): Report {
  const target = targetNamed(name);
  const cell = new Int32Array(progress);
  const findings: Finding[] = [];
  let [accepted, findingCount, slowestMs, warmRss] = [0, 0, 0, 0];
  const note = (finding: Finding): void => {
    findingCount += 1;
    if (findings.length < FINDINGS_MAX) findings.push(finding);
  };
  const started = performance.now();
  for (let index = 0; index < inputs; index++) {
    Atomics.store(cell, 0, index);
    if (index === Math.floor(inputs / 10)) warmRss = process.memoryUsage.rss();
    const fed = performance.now();
    const outcome = feedInput(target, seed, index);
    if (outcome.accepted) accepted += 1;
    if (outcome.finding !== null) note(outcome.finding);
    if (performance.now() - fed <= INPUT_CPU_MS_MAX) continue;
    const cpuMs = cpuMsOf(target, seed, index);
    slowestMs = Math.max(slowestMs, cpuMs);
    const sizeMib = inputAt(target, seed, index).length / 2 ** 20;
    if (cpuMs > INPUT_CPU_MS_MAX + CPU_MS_PER_MIB * sizeMib)
      note({ index, why: `slow: ${cpuMs.toFixed(0)} ms` });
  }
  const seconds = (performance.now() - started) / 1000;
  const rssGrowth = process.memoryUsage.rss() - warmRss;
  return { accepted, findings, findingCount, seconds, slowestMs, rssGrowth };
}

/** The thread's report; where it hangs, what it hangs at. */
function watched(order: Omit<Order, 'progress'>): Promise<Report | Finding> {
  const progress = new SharedArrayBuffer(4);
  const cell = new Int32Array(progress);
  const thread = new Worker(new URL(import.meta.url), { workerData: { ...order, progress } });
  return new Promise((resolve, reject) => {
    let last = -1;
    const watch = setInterval(() => {
      const index = Atomics.load(cell, 0);
      if (index === last && index > 0) {
        void thread.terminate();
        resolve({ index, why: `hangs: not done in ${HANG_MS / 1000} s` });
      }
      last = index;
    }, HANG_MS);
    thread.once('message', resolve);
    thread.once('error', (error) => {
      const index = Atomics.load(cell, 0);
      resolve({ index, why: `ended the thread: ${String(error)}` });
    });
    thread.once('exit', () => {
      clearInterval(watch);
      reject(new Error('the thread ended without a report'));
    });
  });
}

const count = (n: number): string => n.toLocaleString('en');

async function campaign(targets: readonly FuzzTarget[], seed: number, inputs: number) {
  let [total, failed] = [0, 0];
  for (const { name } of targets) {
    const report = await watched({ name, seed, inputs });
    const findings = 'why' in report ? [report] : [...report.findings];
    if ('accepted' in report) {
      const { accepted, seconds, rssGrowth } = report;
      if (rssGrowth > RSS_GROWTH_MAX) {
        findings.push({ index: inputs, why: `memory grew by ${count(rssGrowth)} bytes` });
      }
      const rate = count(Math.round(inputs / seconds));
      const share = ((100 * accepted) / inputs).toFixed(1);
      const grown = (rssGrowth / 2 ** 20).toFixed(0);
      const found = `${count(report.findingCount)} findings`;
      process.stdout.write(
        `${name.padEnd(21)} ${count(inputs).padStart(10)} inputs ${rate.padStart(9)}/s  ` +
          `${share.padStart(5)}% accepted  ${grown.padStart(4)} MiB grown  ${found}\n`,
      );
    }
    for (const { index, why } of findings) {
      process.stdout.write(`  ${name} --seed ${seed} --at ${index}: ${why}\n`);
    }
    total += inputs;
    failed += findings.length === 0 ? 0 : 1;
  }
  process.stdout.write(`${count(total)} inputs, seed ${seed}, ${failed} targets with findings\n`);
  return failed === 0 ? 0 : 1;
}

function show(target: FuzzTarget, seed: number, index: number): number {
  const { accepted, finding } = feedInput(target, seed, index);
  const input = Buffer.from(inputAt(target, seed, index));
  process.stdout.write(`${JSON.stringify(input.toString('latin1').slice(0, 2_000))}\n`);
  const verdict = finding === null ? (accepted ? 'accepted' : 'refused') : finding.why;
  process.stdout.write(`${input.length} bytes: ${verdict}\n`);
  return finding === null ? 0 : 1;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      target: { type: 'string', default: 'all' },
      inputs: { type: 'string', default: '100000' },
      seed: { type: 'string', default: '1' },
      at: { type: 'string' },
    },
  });
  const seed = Number(values.seed);
  if (values.at !== undefined) return show(targetNamed(values.target), seed, Number(values.at));
  const names = values.target.split(',');
  const targets = values.target === 'all' ? allTargets : names.map(targetNamed);
  return await campaign(targets, seed, Number(values.inputs));
}

if (isMainThread) process.exitCode = await main();
else parentPort?.postMessage(runTarget(workerData as Order));

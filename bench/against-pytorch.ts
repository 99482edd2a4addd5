/**
 * The exact backend against PyTorch on the CPU, same shapes, batch and optimizer: tokens a second of a
 * training step, memory that a step adds to the process, GFLOP/s of square products. The two take
 * turns as processes; each ratio is the median over the rounds of one run.
 *   DAYBOOK_PYTHON=<python with torch> node bench/against-pytorch.ts [rounds, default 5] [threads ...]
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { end, whyNot } from './lacking.ts';
import { median } from './paired-median.ts';

const python = process.env['DAYBOOK_PYTHON'] ?? 'python3';
const why = whyNot(python, 'torch');
if (why !== null) end(why);
const [rounds = 5, ...given] = process.argv.slice(2).map(Number);
const STEPS = 20;

interface Measured {
  readonly tokensPerSecond: number;
  readonly stepMib: number;
  readonly gflops512: number;
  readonly gflops1024: number;
}
const ROWS: readonly [keyof Measured, string, string][] = [
  ['tokensPerSecond', 'training, tokens/s', 'at least 0.25'],
  ['stepMib', 'memory of a step, MiB', 'at most 1.5'],
  ['gflops512', 'sgemm 512, GFLOP/s', 'at least 0.15 on one thread'],
  ['gflops1024', 'sgemm 1024, GFLOP/s', 'at least 0.15 on one thread'],
];

const run = (command: string, file: string, threads: number): Measured => {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const out = execFileSync(command, [path, String(threads), String(STEPS)], { encoding: 'utf8' });
  return JSON.parse(out) as Measured;
};
for (const threads of given.length > 0 ? given : [1, 2]) {
  const pairs = Array.from({ length: rounds }, () => ({
    ours: run(process.execPath, './exact-step.ts', threads),
    theirs: run(python, './pytorch_step.py', threads),
  }));
  process.stdout.write(`${threads} thread(s), ${rounds} rounds\n`);
  for (const [key, what, target] of ROWS) {
    const [ours, theirs] = [
      median(pairs.map((pair) => pair.ours[key])),
      median(pairs.map((pair) => pair.theirs[key])),
    ];
    const ratio = median(pairs.map((pair) => pair.ours[key] / pair.theirs[key]));
    process.stdout.write(
      `  ${what.padEnd(24)} ${ours.toFixed(1).padStart(9)} ${theirs.toFixed(1).padStart(9)}` +
        `   ${ratio.toFixed(2)} x PyTorch   target ${target}\n`,
    );
  }
}

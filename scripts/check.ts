/**
 * `npm run check`: types, lint, format and unit tests side by side. Each one's output comes in one
 * piece when it ends, the unit tests' as they run. Exit status 1 when any of them fails.
 */
import { spawn } from 'node:child_process';

/** What types and format were found to hold before; outside the tree that prettier checks. */
const CACHE = '.cache/check';
const STEPS: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ['types', 'tsc', '--noEmit', '--incremental', '--tsBuildInfoFile', `${CACHE}/types`],
  ['lint', 'oxlint', '--deny-warnings'],
  [
    'format',
    'prettier',
    '--check',
    '--log-level',
    'warn',
    '--cache',
    '--cache-location',
    `${CACHE}/format`,
    '.',
  ],
  ['unit', 'vitest', 'run', '--project', 'unit', '--maxWorkers', '100%'],
];

/** Whether it succeeded. */
function step([name, command, ...args]: (typeof STEPS)[number]): Promise<boolean> {
  const startMs = performance.now();
  const live = name === 'unit';
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', live ? 'inherit' : 'pipe', 'pipe'] });
    const output: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => output.push(chunk));
    const end = (isFine: boolean, what: string): void => {
      process.stdout.write(Buffer.concat(output));
      const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
      process.stdout.write(`check: ${name} ${what}, ${seconds} s\n`);
      resolve(isFine);
    };
    child.on('error', ({ message }) => end(false, `could not start: ${message}`));
    child.on('close', (code) => end(code === 0, code === 0 ? 'ok' : 'FAILED'));
  });
}

const results = await Promise.all(STEPS.map(step));
process.exitCode = results.every(Boolean) ? 0 : 1;

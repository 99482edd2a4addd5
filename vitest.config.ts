import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

// Of the workers and of every process that a test starts: most of a start is compiling.
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(new URL('.cache/compiled', import.meta.url));

// Three kinds of test, told apart by their names: x.test.ts does no I/O beyond reading
// fixtures and none takes seconds, x.int.test.ts starts real servers and processes or goes through
// everything that a unit test goes through a part of, x.e2e.test.ts drives a browser.
// Node itself runs the sources, as it does for everybody who uses them: nothing is rewritten for tests,
// and a third less time goes into loading them.
const experimental = { viteModuleRunner: false };
// After the unit tests: whoever waits sees in seconds that something happens, and what is wrong first.
const sequence = { groupOrder: 1 };

// As above: with processes of its own a test was seen to take four minutes beside four busy loops.
const HANGS_AFTER_MS = 900_000;

export default defineConfig({
  test: {
    // More than there are cores: files with servers and processes wait half of their time, for leases,
    // elections and each other. A fixed number more, for each such file takes its memory.
    maxWorkers: availableParallelism() + 2,
    projects: [
      {
        test: {
          name: 'unit',
          experimental,
          // They share nothing that matters: no I/O, no globals. A worker a file costs half the time.
          isolate: false,
          // A limit for what hangs, not a measure of speed: machines are shared.
          testTimeout: 60_000,
          include: ['src/**/*.test.ts'],
          exclude: ['src/**/*.int.test.ts', 'src/**/*.e2e.test.ts'],
        },
      },
      {
        test: {
          name: 'int',
          experimental,
          sequence,
          include: ['src/**/*.int.test.ts'],
          testTimeout: HANGS_AFTER_MS,
          hookTimeout: HANGS_AFTER_MS,
        },
      },
      {
        test: {
          name: 'e2e',
          experimental,
          sequence,
          include: ['src/**/*.e2e.test.ts'],
          testTimeout: HANGS_AFTER_MS,
          hookTimeout: HANGS_AFTER_MS,
        },
      },
    ],
  },
});

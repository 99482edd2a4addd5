/** `daybook bench`: what this machine is good for, each figure beside a plain baseline of the same run. */
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import type { Shape } from '../../explorer/api/shape.ts';
import { members, shape, string } from '../../explorer/api/shape.ts';
import { grouped } from '../../roles/figures.ts';
import { column, listOutput, tell, withOutput } from '../terminal/declared-output.ts';
import { mustBeFolder } from '../terminal/named-files.ts';
import { BACKENDS, openLane, THREADS_MAX } from '../running/role-verbs.ts';
import type { OutputOptions } from '../terminal/output.ts';
import { print, progress, table } from '../terminal/output.ts';
import { wholeNumber } from '../terminal/whole-number.ts';
import { commandRates } from './bench/commands.ts';
import { commitRates } from './bench/commits.ts';
import type { Rates } from './bench/in-turns.ts';
import { trainingRates } from './bench/training.ts';

interface BenchOptions extends OutputOptions {
  readonly backend: string;
  readonly threads?: string;
  readonly rounds: string;
  readonly dir: string;
}

interface Measure extends Rates {
  readonly what: string;
  readonly unit: string;
  readonly baseline: string;
}

const number = shape<number>({ type: 'number' });
const measure: Shape<Measure> = members({
  what: string,
  unit: string,
  rate: number,
  ratio: number,
  baseline: string,
});

const measures = listOutput('Rates, and how many times that of a baseline they are.', measure, [
  column<Measure>('what', ({ what }) => what),
  column<Measure>('rate', ({ rate }) => Math.round(rate)),
  column<Measure>('unit', ({ unit }) => unit),
  column<Measure>('ratio', ({ ratio }) => ratio.toFixed(2)),
  column<Measure>('baseline', ({ baseline }) => baseline),
]);

export function registerBench(program: Command): void {
  withOutput(
    program
      .command('bench')
      .description('measure how fast this machine trains, checks commands and commits to its disk'),
    measures,
  )
    .option('--backend <name>', `kernels: ${BACKENDS.join(', ')}`, 'exact')
    .option('--threads <count>', 'threads of the kernels; default: as many as there are cores')
    .option('--rounds <count>', 'of which the median counts', '5')
    .option('--dir <folder>', 'on the disk that is to be measured', '.')
    .action(run);
}

async function run(options: BenchOptions): Promise<void> {
  const rounds = wholeNumber('--rounds', options.rounds, 1, 1000);
  mustBeFolder(options.dir);
  const found: Measure[] = [];
  const bar = progress(options.quiet);
  const measured = async (
    { what, unit, baseline }: Omit<Measure, keyof Rates>,
    take: () => Promise<Rates>,
  ): Promise<void> => {
    bar.show(what, found.length, 3);
    found.push({ what, unit, ...(await take()), baseline });
  };
  const { backend, threads = String(Math.min(availableParallelism(), THREADS_MAX)) } = options;
  const lane = await openLane({ backend, threads });
  const alone = await openLane({ backend: 'exact', threads: '1' });
  try {
    const baseline = `${alone.info.description}, as it is here`;
    await measured(
      { what: `training on ${lane.info.description}`, unit: 'tokens/s', baseline },
      () => trainingRates(rounds, lane, alone),
    );
    await measured(
      { what: 'signed commands checked', unit: 'commands/s', baseline: 'bare Ed25519 checks' },
      () => commandRates(rounds),
    );
    await measured(
      { what: 'commits of 20 entries', unit: 'commits/s', baseline: 'a file, each flushed' },
      () => commitRates(rounds, options.dir),
    );
  } finally {
    bar.clear();
    await lane.close();
    await alone.close();
  }
  tell(measures, found, options, () =>
    print(
      table(
        ['what', 'a second', 'times', 'baseline'],
        found.map(({ what, rate, unit, ratio, baseline }) => [
          what,
          `${grouped(Math.round(rate))} ${unit}`,
          ratio.toFixed(2),
          baseline,
        ]),
      ),
    ),
  );
}

/** What the verbs that plan a run of the demo's model ask for: its size, length, seed and encoding. */
import type { Command } from 'commander';
import { Option } from 'commander';
import { EXIT, Exit } from '../terminal/exit.ts';
import { wholeNumber } from '../terminal/whole-number.ts';
import type { DemoShape, Deltas, Size } from './demo-plan.ts';
import { DELTAS } from './demo-plan.ts';

export interface PlanOptions {
  readonly seed: string;
  readonly windows: string;
  readonly size: Size;
  readonly deltas: Deltas;
  readonly stages: string;
}

const STAGES_MAX = 64;
const WINDOWS_MAX = 1000;

export const withPlan = (command: Command): Command =>
  command
    .addOption(
      new Option('--size <size>', 'of model and data').choices(['small', 'mini']).default('small'),
    )
    .option('--windows <count>', 'training windows', '6')
    .option('--seed <number>', 'every weight follows from it', '1')
    .addOption(
      new Option('--deltas <encoding>', 'in which workers send what they learned')
        .choices(DELTAS)
        .default('f32'),
    )
    .option('--stages <count>', 'that work on a slot one after the other, of f32 deltas', '1');

/** @throws Exit usage */
export function shapeOf(options: PlanOptions): Required<DemoShape> {
  const stages = wholeNumber('--stages', options.stages, 1, STAGES_MAX);
  if (stages > 1 && options.deltas !== 'f32')
    throw new Exit(EXIT.usage, '--stages: the deltas of a run in stages are sent as f32');
  return {
    size: options.size,
    seed: wholeNumber('--seed', options.seed, 0, 2 ** 31),
    windows: wholeNumber('--windows', options.windows, 1, WINDOWS_MAX),
    deltas: options.deltas,
    stages,
  };
}

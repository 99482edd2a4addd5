/** Into how many stages each slot of a run is cut, as the verbs that plan runs ask for it. */
import type { Command } from 'commander';
import { EXIT, Exit } from '../terminal/exit.ts';
import { wholeNumber } from '../terminal/whole-number.ts';
import type { Deltas } from './demo-plan.ts';

const STAGES_MAX = 64;

export const withStages = (command: Command): Command =>
  command.option('--stages <count>', 'that work on a slot one after the other, of f32 deltas', '1');

/** @throws Exit usage */
export function stagesOf(options: { readonly stages: string; readonly deltas: Deltas }): number {
  const stages = wholeNumber('--stages', options.stages, 1, STAGES_MAX);
  if (stages > 1 && options.deltas !== 'f32')
    throw new Exit(EXIT.usage, '--stages: the deltas of a run in stages are sent as f32');
  return stages;
}

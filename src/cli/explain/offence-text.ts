/** Offences explained on a terminal. */
import type { ExplainedOffence, OffenceExplanation } from '../../roles/explain/offence.ts';
import { colour, facts } from '../terminal/output.ts';
import { heading, mark } from './entry-mark.ts';

/** @param hasLadder whether the policy in force has one: without it nobody is found to offend */
export function offenceText(
  { participant, offences }: OffenceExplanation,
  hasLadder: boolean,
): string {
  const { name, participant: key } = participant;
  if (offences.length === 0 && hasLadder) return `${name} (${key}) was not found to have offended`;
  if (offences.length === 0)
    return [
      `${name} (${key}): the policy has no ladder, under which offences are found`,
      'what a rejected contribution cost: daybook explain verdict <assignment>',
    ].join('\n');
  return [`${colour.bold(name)} (${key})`, ...offences.map(oneText)].join('\n');
}

const oneText = ({ offence, kind, rung, state, chain }: ExplainedOffence): string =>
  [
    heading(`${kind}, ${rung}, ${state}: ${offence}`),
    facts(
      chain.map(({ sequence, step, detail }): [string, string] => [
        step,
        `${mark(sequence)} ${detail}`,
      ]),
    ),
  ].join('\n');

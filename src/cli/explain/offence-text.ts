/** Offences explained on a terminal. */
import type { ExplainedOffence, OffenceExplanation } from '../../roles/explain/offence.ts';
import { colour, facts } from '../terminal/output.ts';
import { heading, mark } from './entry-mark.ts';

export function offenceText({ participant, offences }: OffenceExplanation): string {
  const { name, participant: key } = participant;
  if (offences.length === 0) return `${name} (${key}) was not found to have offended`;
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

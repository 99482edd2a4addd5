/** What somebody was found to have done, told. */
import type { ExplainedOffence, OffenceExplanation } from '../offence.ts';
import type { Fact, Line, Part, Telling } from './telling.ts';
import { entry, facts, part, telling, text } from './telling.ts';

export function tellOffences({ participant, offences, hasLadder }: OffenceExplanation): Telling {
  const key = ` (${participant.participant})`;
  const who: Line = [{ party: participant, isAsked: offences.length > 0 }, key];
  if (offences.length > 0) return telling(who, offences.map(offencePart));
  if (hasLadder) return telling([...who, ' was not found to have offended'], []);
  return telling(
    [...who, ': the policy has no ladder, under which offences are found'],
    [part(null, text('what a rejected contribution cost: daybook explain verdict <assignment>'))],
  );
}

const offencePart = ({ offence, kind, rung, state, chain }: ExplainedOffence): Part =>
  part(
    `${kind}, ${rung}, ${state}: ${offence}`,
    facts(chain.map(({ sequence, step, detail }): Fact => [step, [entry(sequence), ` ${detail}`]])),
  );

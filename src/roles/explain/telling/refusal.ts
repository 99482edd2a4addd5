/** Why a command is refused, told. */
import type { JudgedCommand, RefusalExplanation } from '../refusal.ts';
import type { Fact, Line, Telling } from './telling.ts';
import { entry, facts, part, party, telling, text, toned } from './telling.ts';

export const REFUSAL = "refusal: a command's typed no; nothing was recorded";

/** @param what that is asked for: a command, an export */
export const later = (what: string, retryable: boolean): string =>
  retryable
    ? `the same ${what} can succeed later, unchanged`
    : `the same ${what} will be refused again`;

export const tellRefusal = ({ judged, code, advice, retryable }: RefusalExplanation): Telling =>
  telling(
    [toned('strong', code)],
    [
      part(
        null,
        facts([
          ['kind', [REFUSAL]],
          ['later', [later('command', retryable)]],
          ['what to do', [advice]],
        ]),
      ),
      judged === null
        ? part(
            null,
            text(
              toned(
                'quiet',
                'Refusals leave no entry. With --command <file> and a ledger it is decided again.',
              ),
            ),
          )
        : part('the command, decided again', facts(judgedFacts(judged, code))),
    ],
  );

function judgedFacts(judged: JudgedCommand, code: string): Fact[] {
  const { id, actor, type, subject, history } = judged;
  return [
    ...(id === null
      ? []
      : ([
          ['id', [id]],
          ['by', [actor === null ? '-' : party(actor)]],
          ['asserts', [`${type} about ${subject}`]],
        ] satisfies Fact[])),
    ['outcome', outcome(judged, code)],
    ...history.map(({ sequence, type: fact }, at): Fact => [
      at === 0 ? 'its story' : '',
      [entry(sequence), ` ${fact.replace(/^daybook\./, '')}`],
    ]),
  ];
}

function outcome({ outcome: how, refusal, sequence }: JudgedCommand, code: string): Line {
  if (how === 'recorded') return [toned('good', 'recorded'), ' as ', entry(sequence)];
  if (refusal === null) return [toned('good', 'permitted'), ' on these books; send it again'];
  const other =
    refusal.code === code ? '' : ` (not ${code}: the ledger has moved since, or differs)`;
  return [toned('bad', refusal.code), `: ${refusal.message}${other}`];
}

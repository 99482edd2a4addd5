/** A refusal explained on a terminal. */
import type { JudgedCommand, RefusalExplanation } from '../../roles/explain/refusal.ts';
import { colour, facts } from '../terminal/output.ts';
import { errorText } from '../reading/errors.ts';
import { heading, mark } from './entry-mark.ts';

export function refusalText({ judged, ...entry }: RefusalExplanation): string {
  const text = [errorText({ kind: 'refusal', ...entry })];
  if (judged === null)
    text.push(
      colour.dim(
        '\nRefusals leave no entry. With --command <file> and a ledger it is decided again.',
      ),
    );
  else text.push(heading('the command, decided again'), facts(judgedRows(judged, entry.code)));
  return text.join('\n');
}

function judgedRows(judged: JudgedCommand, code: string): [string, string][] {
  const rows: [string, string][] = [];
  if (judged.id !== null)
    rows.push(
      ['id', judged.id],
      ['by', judged.actor?.name ?? '-'],
      ['asserts', `${judged.type} about ${judged.subject}`],
    );
  rows.push(['outcome', outcome(judged, code)]);
  for (const [i, { sequence, type }] of judged.history.entries())
    rows.push([i === 0 ? 'its story' : '', `${mark(sequence)} ${type.replace(/^daybook\./, '')}`]);
  return rows;
}

function outcome({ outcome: how, refusal, sequence }: JudgedCommand, code: string): string {
  if (how === 'recorded') return `${colour.green('recorded')} as ${mark(sequence)}`;
  if (refusal === null) return `${colour.green('permitted')} on these books; send it again`;
  const other =
    refusal.code === code ? '' : ` (not ${code}: the ledger has moved since, or differs)`;
  return `${colour.red(refusal.code)}: ${refusal.message}${other}`;
}

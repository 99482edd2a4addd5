/** The end of a run at a glance: what each party did and was paid, and how the loss fell. */
import type { Books } from '../../projections/books.ts';
import { balanceOf } from '../../projections/balances.ts';
import { escrowOf, walletOf } from '../../commands/rules/money/accounts.ts';
import { colour, nats, table } from '../terminal/output.ts';
import { money } from '../../roles/explain/money.ts';

export function contributorsTable(books: Books): string {
  const rows = Object.values(books.members).map((member) => {
    const { participant, name, role, accepted, rejected } = member;
    const barred = Object.keys(member.quarantine).length > 0;
    return [
      name,
      role,
      role === 'worker' ? String(accepted) : String(verdictsOf(books, participant)),
      role === 'worker' ? String(rejected) : '-',
      money(balanceOf(books, 'micro', walletOf(participant))),
      money(balanceOf(books, 'micro', escrowOf(participant))),
      barred ? 'quarantined' : member.session > 1 ? 'rejoined' : '',
    ];
  });
  const paid = Object.keys(books.members).reduce(
    (sum, actor) => sum + balanceOf(books, 'micro', walletOf(actor)),
    0n,
  );
  const head = ['', 'role', 'accepted/verdicts', 'rejected', 'paid', 'in escrow', ''];
  return table(head, [...rows, ['sum of payouts', '', '', '', money(paid), '', '']]);
}

const verdictsOf = (books: Books, actor: string): number =>
  Object.values(books.windows)
    .flatMap((window) => Object.values(window.assignments))
    .filter(({ challenge }) => challenge?.verdicts.some((verdict) => verdict.validator === actor))
    .length;

/** Held-out loss of each revision as a bar, scaled between zero and the first. */
export function lossCurve(books: Books, run: string): string {
  const revisions = books.runs[run]?.revisions ?? [];
  const first = revisions[0]?.heldOutLossMicroNats ?? 0;
  return revisions
    .map(({ revision, window, restores, heldOutLossMicroNats }) => {
      const loss = heldOutLossMicroNats ?? 0;
      const bar = '#'.repeat(first === 0 ? 0 : Math.round((48 * loss) / first));
      const origin = restores === undefined ? 'initial ' : `again ${restores} `;
      const from = window === null ? origin : `window ${window}`;
      return `  revision ${revision}  ${from}  ${nats(loss)}  ${colour.cyan(bar)}`;
    })
    .join('\n');
}

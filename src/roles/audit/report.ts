/**
 * An audit as a document for people: what was checked and held, and what the ledger says of runs,
 * parties and money, all of it from the log. Invariant: one recording has one report; times of the
 * auditor and names of its machine are not in it.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import type { LedgerEvent } from '../../events/catalogue.ts';
import { parseCheckpoint } from '../../events/checkpoint.ts';
import { ledgerOf } from '../../events/entry.ts';
import { EventLines } from '../../events/event-lines.ts';
import type { Books, WindowBook } from '../../projections/books.ts';
import { emptyBooks } from '../../projections/books.ts';
import { submittedIn } from '../../projections/grouped-stages.ts';
import { foldWhole } from '../../projections/fold.ts';
import { balanceOf } from '../../projections/balances.ts';
import type { AuditReport } from './audit.ts';
import { forgetIds } from './forget-ids.ts';
import type { Recorded } from './recorded-lines.ts';
import { piecesOf } from './recorded-lines.ts';

type Row = readonly (string | number)[];

/** @param ndjson read again only where the audit has no history of it */
export async function auditReport(
  ndjson: Recorded,
  checkpoint: string,
  { checks, verifierKey, history }: Pick<AuditReport, 'checks' | 'verifierKey' | 'history'>,
): Promise<string> {
  const books =
    history?.books ?? (await foldedAsSaid(ndjson)) ?? emptyBooks(ledgerOf('/ledgers/unknown'));
  const failed = checks.filter(({ status }) => status === 'failed').length;
  return [
    `# Audit of ledger ${books.ledger.ledger}`,
    '',
    failed === 0
      ? 'Every check that was made holds.'
      : `**${failed} of ${checks.length} checks fail.** What follows is what the log says, not what is so.`,
    '',
    ...headLines(checkpoint, verifierKey),
    '',
    '## Checks',
    '',
    ...table(
      ['check', 'result', 'what was found'],
      checks.map(({ name, status, detail, sequence }) => [
        name,
        sequence === null ? status : `${status} at ${sequence}`,
        detail,
      ]),
    ),
    ...Object.keys(books.runs).flatMap((run) => runLines(books, run)),
    ...partyLines(books),
    ...moneyLines(books),
    '',
  ].join('\n');
}

/**
 * Books of what the log says, by the rules or not, with all of history.
 * @returns null where there is nothing, a line is no event, or it has no place; the checks say which
 */
async function foldedAsSaid(ndjson: Recorded): Promise<Books | null> {
  const lines = new EventLines();
  let books: Books | null = null;
  for await (const piece of piecesOf(ndjson)) {
    lines.load(piece);
    for (let next = lines.next(); next !== null; next = lines.next()) {
      if (isLeft(next)) return null;
      books ??= emptyBooks(ledgerOf(next.right.source));
      if (!canFold(books, next.right)) return null;
    }
  }
  return books;
}

function canFold(books: Books, event: LedgerEvent): boolean {
  try {
    foldWhole(books, event);
    // One at a time: what is found must not depend on where pieces end.
    forgetIds(books);
    return true;
  } catch {
    // Invariants hold for what the rules produced; this need not be.
    return false;
  }
}

function headLines(checkpoint: string, verifierKey: string | null): string[] {
  const head = parseCheckpoint(checkpoint);
  if (isLeft(head)) return [`- Checkpoint: unreadable, ${head.left.message}`];
  const { size, root } = head.right;
  return [
    `- Entries: ${size}`,
    `- Root: \`${Buffer.from(root).toString('base64')}\``,
    `- Signed by: \`${verifierKey ?? 'nobody known'}\``,
  ];
}

function runLines(books: Books, run: string): string[] {
  const { plan, state, revisions } = books.runs[run] as Books['runs'][string];
  const windows = Object.values(books.windows)
    .filter((window) => window.run === run)
    .sort((a, b) => a.window - b.window);
  return [
    '',
    `## Run ${run}`,
    '',
    `${plan.title}: ${plan.windows} windows of ${plan.slots} slots, ${state}. The last checkpoint is`,
    `\`${revisions.at(-1)?.checkpoint.digest ?? 'none'}\`.`,
    '',
    ...table(
      ['window', 'accepted', 'rejected', 'undecided', 'loss before', 'loss after', 'decision'],
      windows.map(windowRow),
    ),
    ...rejectionLines(books, windows),
  ];
}

function windowRow(window: WindowBook): Row {
  const held = submittedIn(window);
  const count = (disposition: string): number =>
    held.filter((assignment) => assignment.disposition === disposition).length;
  const { promotion, lossBeforeMicroNats: before, lossAfterMicroNats: after } = window;
  const decision =
    promotion === null ? 'open' : `${promotion.decision}, ${promotion.reasons.join(', ')}`;
  return [
    window.window,
    count('accepted'),
    count('rejected'),
    count('quarantined'),
    nats(before),
    nats(after),
    decision,
  ];
}

function rejectionLines(books: Books, windows: readonly WindowBook[]): string[] {
  const rows = windows.flatMap((window) =>
    submittedIn(window)
      .filter(({ disposition }) => disposition === 'rejected')
      .map(({ assignment, participant, reasons, challenge }): Row => [
        assignment,
        nameOf(books, participant),
        reasons.join(', '),
        (challenge?.verdicts ?? []).map(({ sequence }) => sequence).join(', '),
      ]),
  );
  if (rows.length === 0) return [];
  return [
    '',
    '### Rejected',
    '',
    ...table(['contribution', 'author', 'reasons', 'verdicts'], rows),
  ];
}

function partyLines(books: Books): string[] {
  const rows = Object.values(books.members)
    .map((member): Row => {
      const { participant, name, role, session, quarantine } = member;
      const until = Object.entries(quarantine).map(([run, window]) => `${run} until ${window}`);
      return [
        name,
        role,
        session,
        until.join(', ') || '-',
        micro(balanceOf(books, 'micro', `escrow/${participant}`)),
        micro(balanceOf(books, 'micro', `participant/${participant}`)),
      ];
    })
    .sort(([a = ''], [b = '']) => (a < b ? -1 : 1));
  const head = ['party', 'role', 'sessions', 'quarantined', 'at stake', 'paid'];
  return ['', '## Parties', '', ...table(head, rows)];
}

function moneyLines(books: Books): string[] {
  const closed = Object.values(books.rewards.periods)
    .filter(({ state }) => state !== 'open')
    .map(({ run, period, pool, paid, remainder }): Row => [
      `${run}/${period}`,
      micro(pool),
      micro(paid),
      micro(remainder),
    ]);
  const sums = new Map<string, bigint>();
  for (const [account, { debits, credits }] of Object.entries(books.rewards.balances)) {
    const unit = account.slice(0, account.indexOf(':'));
    sums.set(unit, (sums.get(unit) ?? 0n) + BigInt(credits) - BigInt(debits));
  }
  return [
    '',
    '## Money',
    '',
    ...table(['period', 'pool', 'paid', 'remainder'], closed),
    '',
    `Penalties: ${micro(balanceOf(books, 'micro', 'penalties'))}.`,
    ...[...sums].map(([unit, sum]) => `Credits less debits over all accounts in ${unit}: ${sum}.`),
  ];
}

const nameOf = ({ members }: Books, actor: string): string => members[actor]?.name ?? actor;

const micro = (amount: string | bigint): string => {
  const value = BigInt(amount);
  const [sign, size] = value < 0n ? ['-', -value] : ['', value];
  return `${sign}${size / 1_000_000n}.${String(size % 1_000_000n).padStart(6, '0')}`;
};

const nats = (loss: number | null): string => (loss === null ? '-' : (loss / 1e6).toFixed(6));

function table(head: readonly string[], rows: readonly Row[]): string[] {
  if (rows.length === 0) return ['None.'];
  const cells = [head, ...rows].map((row) =>
    row.map((cell) => String(cell).replaceAll('|', '\\|')),
  );
  const widths = head.map((_, at) => Math.max(3, ...cells.map((row) => (row[at] ?? '').length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(' | ')} |`;
  const [first = [], ...rest] = cells;
  return [line(first), line(widths.map((width) => '-'.repeat(width))), ...rest.map(line)];
}

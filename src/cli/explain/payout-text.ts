/** A payout explained on a terminal. */
import type { ChainStep } from '../../roles/explain/chain.ts';
import type {
  CreditLine,
  PartView,
  PayoutExplanation,
  TakenLine,
} from '../../roles/explain/payout.ts';
import type { UnrewardedLine } from '../../roles/explain/unrewarded.ts';
import { colour, facts, grouped, table } from '../terminal/output.ts';
import { money } from '../../roles/explain/money.ts';
import { heading, holds, mark, marks, paidAt, transferName } from './entry-mark.ts';

export function payoutText(payout: PayoutExplanation): string {
  const { parts, credits, taken, unrewarded } = payout;
  const text = [title(payout), '', facts(summaryRows(payout))];
  for (const part of parts) if (part.own !== null) text.push(partText(part));
  if (credits.length > 0) text.push(heading('where the credits come from'), creditTable(credits));
  if (taken.length > 0) text.push(heading('what was taken'), takenTable(taken));
  if (payout.vesting !== null) text.push(heading('until it can be claimed'), vestingText(payout));
  if (payout.corrections.length > 0)
    text.push(heading('what was corrected'), correctionTable(payout.corrections));
  if (payout.claims.length > 0)
    text.push(heading('what was claimed, of all periods'), claimTable(payout.claims));
  if (unrewarded.length > 0) text.push(heading('what earned nothing'), unrewardedTable(unrewarded));
  if (parts.every(({ own }) => own === null))
    text.push('\nNo credits were held when the pool was divided, so no share of it.');
  return text.join('\n');
}

function title({ who, role, run, period, total, state }: PayoutExplanation): string {
  const is = state === 'open' ? 'would be paid' : 'is paid';
  return `${colour.bold(who.name)} (${role}) ${is} ${colour.bold(money(total))} for period ${period} of run ${run}`;
}

function summaryRows(payout: PayoutExplanation): [string, string][] {
  const { paid, agrees, policy, period, periods, throughWindow } = payout;
  const auditBps = 10_000 - policy.workShareBps;
  const windows =
    throughWindow === null
      ? `from window ${payout.fromWindow}, still open`
      : `windows ${payout.fromWindow} to ${throughWindow}, closed by ${mark(payout.closed)}`;
  return [
    ['key', payout.who.participant],
    ['period', `${period} of ${periods}: opened by ${mark(payout.opened)}, ${windows}`],
    ['pool', `${money(payout.pool)}, funded by ${mark(payout.funded)}`],
    [
      'policy',
      `${mark(policy.sequence)} ${policy.workShareBps} bps of the pool for work, ${auditBps} for validation`,
    ],
    [
      'paid',
      paid === null
        ? payout.state === 'open'
          ? 'not before the period closes'
          : 'nothing'
        : `${mark(paid.sequence)} ${money(paid.amount)}, settlement ${mark(payout.settlement)}`,
    ],
    ...(agrees === null
      ? []
      : [
          [
            'derived again',
            holds(agrees, 'the same amount', 'ANOTHER AMOUNT than the settlement says'),
          ] as [string, string],
        ]),
  ];
}

function partText({ unit, pool, totalCredits, leftOver, own, shares }: PartView): string {
  if (own === null) return '';
  const what = unit === 'work' ? 'work' : 'validation';
  const sum = `${grouped(pool)} x ${grouped(own.credits)} / ${grouped(totalCredits)}`;
  const rounding =
    leftOver === 0
      ? 'the floors leave nothing over'
      : leftOver === 1
        ? `the floors leave 1 over, for the largest remainder; this is number ${own.place}`
        : `the floors leave ${leftOver} over, one each to the ${leftOver} largest remainders; this is number ${own.place}`;
  const rows: [string, string][] = [
    ['quota', `${sum} = ${grouped(own.floor)} remainder ${grouped(own.remainder)}`],
    ['rounding', rounding],
    ['share', `${grouped(own.share)} micro-units = ${money(own.share)}`],
  ];
  return [
    heading(`share of ${what}: ${money(own.share)} of ${money(pool)}`),
    facts(rows),
    '',
    table(
      ['', 'credits', 'floor', 'remainder', 'place', 'share'],
      shares.map((line) => [
        line.participant === own.participant ? colour.bold(line.name) : line.name,
        grouped(line.credits),
        grouped(line.floor),
        grouped(line.remainder),
        line.place <= leftOver ? `${line.place} (+1)` : String(line.place),
        money(line.share),
      ]),
    ),
  ].join('\n');
}

function creditTable(credits: readonly CreditLine[]): string {
  const isAnyLess = credits.some(({ lessened }) => lessened.length > 0);
  return table(
    ['entry', 'unit', 'credits', ...(isAnyLess ? ['at'] : []), 'transfer', 'because'],
    credits.map(({ sequence, unit, amount, lessened, transfer, chain }) => [
      mark(sequence),
      unit,
      grouped(amount),
      ...(isAnyLess ? [paidAt(lessened)] : []),
      transferName(transfer),
      chainText(chain),
    ]),
  );
}

/** Verdicts together, everything else in order. */
function chainText(chain: readonly ChainStep[]): string {
  const groups = Map.groupBy(chain, ({ step }) => step);
  return [...groups]
    .map(([step, steps]) => `${step} ${marks(steps.map(({ sequence }) => sequence))}`)
    .join(', ');
}

const takenTable = (taken: readonly TakenLine[]): string =>
  table(
    ['entry', 'what', 'amount', 'reason', 'because'],
    taken.map(({ sequence, unit, amount, reason, because }) => [
      mark(sequence),
      unit === 'micro' ? 'escrow' : `${unit} credits`,
      colour.red(unit === 'micro' ? money(amount) : grouped(amount)),
      reason,
      marks(because),
    ]),
  );

function vestingText({ vesting, paid, claimable }: PayoutExplanation): string {
  if (vesting === null) return '';
  const { periods, atClose, taken, givenBack, vested } = vesting;
  const rows: [string, string][] = [
    [
      'waits',
      `${periods} period${periods === 1 ? '' : 's'}: until period ${atClose} closes, or so long after its run ended`,
    ],
    ...taken.map(({ sequence, amount, reason }): [string, string] => [
      'taken',
      `${mark(sequence)} ${colour.red(money(amount))} ${reason}`,
    ]),
    ...givenBack.map(({ sequence, amount, reason }): [string, string] => [
      'given back',
      `${mark(sequence)} ${money(amount)} ${reason}`,
    ]),
    [
      'vested',
      vested === null
        ? paid === null
          ? 'nothing was paid'
          : 'not yet, or nothing was left'
        : `${mark(vested.sequence)} ${money(vested.amount)}`,
    ],
    ['claimable now', `${money(claimable)}, of all periods`],
  ];
  return facts(rows);
}

const correctionTable = (corrections: PayoutExplanation['corrections']): string =>
  table(
    ['entry', 'correction', 'amount', 'reason', 'of', 'posted by'],
    corrections.map(
      ({ sequence, correction, effect, amount, reason, original, originalSequence }) => [
        mark(sequence),
        correction,
        effect === 'take' ? colour.red(`-${money(amount)}`) : `+${money(amount)}`,
        reason,
        transferName(original),
        mark(originalSequence),
      ],
    ),
  );

const claimTable = (claims: PayoutExplanation['claims']): string =>
  table(
    ['entry', 'amount', 'destination'],
    claims.map(({ sequence, amount, destination }) => [mark(sequence), money(amount), destination]),
  );

const unrewardedTable = (lines: readonly UnrewardedLine[]): string =>
  table(
    ['entry', 'what', 'assignment', 'why'],
    lines.map(({ sequence, what, assignment, reason }) => [
      mark(sequence),
      what,
      assignment,
      reason,
    ]),
  );

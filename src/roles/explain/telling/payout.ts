/** Why somebody is paid what it is, told. */
import { grouped, money } from '../../figures.ts';
import type { ChainStep } from '../chain.ts';
import type { CreditLine, PartView, PayoutExplanation, TakenLine } from '../payout.ts';
import type { UnrewardedLine } from '../unrewarded.ts';
import type { Block, Fact, Line, Part, Telling } from './telling.ts';
import {
  entries,
  entry,
  facts,
  holds,
  paidAt,
  part,
  table,
  telling,
  text,
  toned,
  transferName,
} from './telling.ts';

export function tellPayout(payout: PayoutExplanation): Telling {
  const { parts, credits, taken, unrewarded } = payout;
  const isNothing = parts.every(({ own }) => own === null);
  return telling(title(payout), [
    part(null, facts(summaryFacts(payout))),
    ...parts.map(sharePart),
    part('where the credits come from', creditTable(credits)),
    part('what was taken', takenTable(taken)),
    part('until it can be claimed', facts(vestingFacts(payout))),
    part('what was corrected', correctionTable(payout.corrections)),
    part('what was claimed, of all periods', claimTable(payout.claims)),
    part('what earned nothing', unrewardedTable(unrewarded)),
    isNothing
      ? part(null, text('No credits were held when the pool was divided, so no share of it.'))
      : null,
  ]);
}

function title({ who, role, run, period, total, state }: PayoutExplanation): Line {
  const is = state === 'open' ? 'would be paid' : 'is paid';
  return [
    { party: who, isAsked: true },
    ` (${role}) ${is} `,
    toned('strong', money(total)),
    ` for period ${period} of run ${run}`,
  ];
}

function summaryFacts(payout: PayoutExplanation): Fact[] {
  const { paid, agrees, policy, period, periods, throughWindow } = payout;
  const auditBps = 10_000 - policy.workShareBps;
  const windows: Line =
    throughWindow === null
      ? [`from window ${payout.fromWindow}, still open`]
      : [`windows ${payout.fromWindow} to ${throughWindow}, closed by `, entry(payout.closed)];
  const unpaid = payout.state === 'open' ? 'not before the period closes' : 'nothing';
  return [
    ['key', [payout.who.participant]],
    ['period', [`${period} of ${periods}: opened by `, entry(payout.opened), ', ', ...windows]],
    ['pool', [`${money(payout.pool)}, funded by `, entry(payout.funded)]],
    [
      'policy',
      [
        entry(policy.sequence),
        ` ${policy.workShareBps} bps of the pool for work, ${auditBps} for validation`,
      ],
    ],
    [
      'paid',
      paid === null
        ? [unpaid]
        : [entry(paid.sequence), ` ${money(paid.amount)}, settlement `, entry(payout.settlement)],
    ],
    ...(agrees === null
      ? []
      : [
          [
            'derived again',
            [holds(agrees, 'the same amount', 'ANOTHER AMOUNT than the settlement says')],
          ] satisfies Fact,
        ]),
  ];
}

function sharePart({ unit, pool, totalCredits, leftOver, own, shares }: PartView): Part | null {
  if (own === null) return null;
  const what = unit === 'work' ? 'work' : 'validation';
  const sum = `${grouped(pool)} x ${grouped(own.credits)} / ${grouped(totalCredits)}`;
  const rounding =
    leftOver === 0
      ? 'the floors leave nothing over'
      : leftOver === 1
        ? `the floors leave 1 over, for the largest remainder; this is number ${own.place}`
        : `the floors leave ${leftOver} over, one each to the ${leftOver} largest remainders; this is number ${own.place}`;
  return part(
    `share of ${what}: ${money(own.share)} of ${money(pool)}`,
    facts([
      ['quota', [`${sum} = ${grouped(own.floor)} remainder ${grouped(own.remainder)}`]],
      ['rounding', [rounding]],
      ['share', [`${grouped(own.share)} micro-units = ${money(own.share)}`]],
    ]),
    table(
      ['', 'credits', 'floor', 'remainder', 'place', 'share'],
      shares.map(({ participant, name, ...line }) => [
        [{ party: { participant, name }, isAsked: participant === own.participant }],
        [grouped(line.credits)],
        [grouped(line.floor)],
        [grouped(line.remainder)],
        [line.place <= leftOver ? `${line.place} (+1)` : String(line.place)],
        [money(line.share)],
      ]),
    ),
  );
}

function creditTable(credits: readonly CreditLine[]): Block | null {
  const isAnyLess = credits.some(({ lessened }) => lessened.length > 0);
  return table(
    ['entry', 'unit', 'credits', ...(isAnyLess ? ['at'] : []), 'transfer', 'because'],
    credits.map(({ sequence, unit, amount, lessened, transfer, chain }) => [
      [entry(sequence)],
      [unit],
      [grouped(amount)],
      ...(isAnyLess ? [paidAt(lessened)] : []),
      [transferName(transfer)],
      chainLine(chain),
    ]),
  );
}

/** Verdicts together, everything else in order. */
const chainLine = (chain: readonly ChainStep[]): Line =>
  [...Map.groupBy(chain, ({ step }) => step)].flatMap(([step, steps], at): Line => [
    at === 0 ? `${step} ` : `, ${step} `,
    ...entries(steps.map(({ sequence }) => sequence)),
  ]);

const takenTable = (taken: readonly TakenLine[]): Block | null =>
  table(
    ['entry', 'what', 'amount', 'reason', 'because'],
    taken.map(({ sequence, unit, amount, reason, because }) => [
      [entry(sequence)],
      [unit === 'micro' ? 'escrow' : `${unit} credits`],
      [toned('bad', unit === 'micro' ? money(amount) : grouped(amount))],
      [reason],
      entries(because),
    ]),
  );

function vestingFacts({ vesting, paid, claimable }: PayoutExplanation): Fact[] {
  if (vesting === null) return [];
  const { periods, atClose, taken, givenBack, vested } = vesting;
  const plural = periods === 1 ? '' : 's';
  const until = `until period ${atClose} closes, or so long after its run ended`;
  return [
    ['waits', [`${periods} period${plural}: ${until}`]],
    ...taken.map(({ sequence, amount, reason }): Fact => [
      'taken',
      [entry(sequence), ' ', toned('bad', money(amount)), ` ${reason}`],
    ]),
    ...givenBack.map(({ sequence, amount, reason }): Fact => [
      'given back',
      [entry(sequence), ` ${money(amount)} ${reason}`],
    ]),
    [
      'vested',
      vested === null
        ? [paid === null ? 'nothing was paid' : 'not yet, or nothing was left']
        : [entry(vested.sequence), ` ${money(vested.amount)}`],
    ],
    ['claimable now', [`${money(claimable)}, of all periods`]],
  ];
}

const correctionTable = (corrections: PayoutExplanation['corrections']): Block | null =>
  table(
    ['entry', 'correction', 'amount', 'reason', 'of', 'posted by'],
    corrections.map(
      ({ sequence, correction, effect, amount, reason, original, originalSequence }) => [
        [entry(sequence)],
        [correction],
        [effect === 'take' ? toned('bad', `-${money(amount)}`) : `+${money(amount)}`],
        [reason],
        [transferName(original)],
        [entry(originalSequence)],
      ],
    ),
  );

const claimTable = (claims: PayoutExplanation['claims']): Block | null =>
  table(
    ['entry', 'amount', 'destination'],
    claims.map(({ sequence, amount, destination }) => [
      [entry(sequence)],
      [money(amount)],
      [destination],
    ]),
  );

const unrewardedTable = (lines: readonly UnrewardedLine[]): Block | null =>
  table(
    ['entry', 'what', 'assignment', 'why'],
    lines.map(({ sequence, what, assignment, reason }) => [
      [entry(sequence)],
      [what],
      [{ why: 'verdict', of: assignment }],
      [reason],
    ]),
  );

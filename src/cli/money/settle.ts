/**
 * `daybook settle --what-if`: what every participant would have been paid and would have lost under
 * other terms, on the same stream. Nothing is written and nothing is sent.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import type { Command } from 'commander';
import type { LedgerEvent } from '../../events/catalogue.ts';
import { partyOf } from '../../roles/explain/party.ts';
import { Rebuild } from '../../roles/rebuild.ts';
import type { Outcome, WhatIf } from '../../roles/settlements/what-if.ts';
import { STANDS, whatIf } from '../../roles/settlements/what-if.ts';
import type { OtherTerms } from '../../roles/settlements/what-if-terms.ts';
import { readTerms } from '../../roles/settlements/what-if-terms.ts';
import type { ActorId } from '../../events/ids.ts';
import type { Shape } from '../../explorer/api/shape.ts';
import {
  anyObject,
  count,
  decimal,
  dictionary,
  many,
  members,
  string,
} from '../../explorer/api/shape.ts';
import type { Output } from '../terminal/declared-output.ts';
import { column, tableOf, tell, withOutput } from '../terminal/declared-output.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { fileJson } from '../terminal/named-files.ts';
import type { OutputOptions } from '../terminal/output.ts';
import { money } from '../../roles/figures.ts';
import { colour, print } from '../terminal/output.ts';
import type { SourceOptions } from '../ledger/source.ts';
import { withOpenSource, withSource } from '../ledger/source.ts';

interface SettleOptions extends SourceOptions, OutputOptions {
  readonly whatIf: string;
}

export function registerSettle(program: Command): void {
  const settle = program
    .command('settle')
    .description('say who would have been paid what under other terms');
  withOutput(withSource(settle), settledOtherwise)
    .requiredOption(
      '--what-if <policy>',
      'JSON file with other terms: rewards.pool, rewards.workShareBps, rewards.stake, fraud.penalty, vesting',
    )
    .action(run);
}

async function run(options: SettleOptions): Promise<void> {
  const other = readTerms(fileJson(options.whatIf));
  if (isLeft(other)) throw new Exit(EXIT.usage, `--what-if: ${other.left}`);
  const events = await withOpenSource(options, undefined, async (source) => {
    const rebuilt = new Rebuild();
    const all: LedgerEvent[] = [];
    for await (const { lines, root } of source.chunks()) {
      for (const line of lines) all.push(rebuilt.add(line));
      if (root !== null) rebuilt.checkRoot(root);
    }
    return all;
  });
  const result = whatIf(events, other.right.terms);
  const view = viewOf(result, other.right);
  tell(settledOtherwise, view, options, () => print(textOf(view)));
}

interface ParticipantView {
  readonly participant: string;
  readonly name: string;
  readonly paid: string;
  readonly paidThen: string;
  readonly lost: string;
  readonly lostThen: string;
  /** More, or less than nothing: less. */
  readonly difference: string;
}

const participantShape: Shape<ParticipantView> = members({
  participant: string,
  name: string,
  paid: decimal,
  paidThen: decimal,
  lost: decimal,
  lostThen: decimal,
  difference: decimal,
});

interface PeriodView {
  readonly run: string;
  readonly period: number;
  readonly pool: string;
  /** Micro-units by participant. */
  readonly payouts: Readonly<Record<string, string>>;
}

const periodShape: Shape<PeriodView> = members({
  run: string,
  period: count,
  pool: decimal,
  payouts: dictionary(decimal),
});

interface SettledOtherwise {
  readonly terms: object;
  readonly ignored: readonly string[];
  /** What the other terms do not reach. */
  readonly stands: readonly string[];
  readonly participants: readonly ParticipantView[];
  readonly recorded: readonly PeriodView[];
  readonly other: readonly PeriodView[];
}

const settledOtherwise: Output<SettledOtherwise, ParticipantView> = {
  doc: 'What was paid, and what it would be under other terms; a row is a participant.',
  shape: members({
    terms: anyObject,
    ignored: many(string),
    stands: many(string),
    participants: many(participantShape),
    recorded: many(periodShape),
    other: many(periodShape),
  }),
  rowShape: participantShape,
  rows: ({ participants }) => participants,
  columns: [
    column('participant', ({ name }) => name),
    column('paid', ({ paid }) => money(paid)),
    column('paid then', ({ paidThen }) => money(paidThen)),
    column('lost', ({ lost }) => money(lost)),
    column('lost then', ({ lostThen }) => money(lostThen)),
    column(
      'difference',
      ({ difference }) => signedMoney(difference),
      ({ difference }) => signed(difference),
    ),
  ],
};

function participantsOf({ recorded, other, books }: WhatIf): ParticipantView[] {
  const everybody = new Set([...recorded.participants.keys(), ...other.participants.keys()]);
  const none = { paid: 0n, lost: 0n };
  return [...everybody].sort().map((participant) => {
    const now = recorded.participants.get(participant) ?? none;
    const then = other.participants.get(participant) ?? none;
    return {
      ...partyOf(books, participant as ActorId),
      paid: now.paid.toString(),
      paidThen: then.paid.toString(),
      lost: now.lost.toString(),
      lostThen: then.lost.toString(),
      difference: (then.paid - then.lost - (now.paid - now.lost)).toString(),
    };
  });
}

const periodsOf = ({ periods }: Outcome) =>
  periods.map(({ run: name, period, pool, payouts }) => ({
    run: name,
    period,
    pool: pool.toString(),
    payouts: Object.fromEntries(
      [...payouts].sort().map(([participant, amount]) => [participant, amount.toString()]),
    ),
  }));

const viewOf = (result: WhatIf, { terms, ignored }: OtherTerms): SettledOtherwise => ({
  terms,
  ignored,
  stands: STANDS,
  participants: participantsOf(result),
  recorded: periodsOf(result.recorded),
  other: periodsOf(result.other),
});

function textOf(view: SettledOtherwise): string {
  const notes = [
    ...view.stands.map((what) => `stands: ${what}`),
    ...view.ignored.map((what) => `not a term of money: ${what}`),
  ];
  return [tableOf(settledOtherwise, view.participants), colour.dim(`\n${notes.join('\n')}`)].join(
    '\n',
  );
}

const signedMoney = (micro: string): string =>
  micro.startsWith('-') ? `-${money(micro.slice(1))}` : money(micro);

const signed = (micro: string): string =>
  micro.startsWith('-') ? colour.red(signedMoney(micro)) : `+${money(micro)}`;

/**
 * `daybook correction`: what was paid wrongly is put right by a new transfer that names the old one.
 * The old one is looked up in the log, archived or not: a name that was never posted is not sent.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import type { Command } from 'commander';
import type { DataOfType } from '../../events/catalogue.ts';
import { reasonCode, slug } from '../../events/codecs.ts';
import { decodeEvent } from '../../events/decode-event.ts';
import { findParty } from '../../roles/explain/party.ts';
import { Rebuild } from '../../roles/rebuild.ts';
import { readKey } from '../ledger/ledger-options.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { microUnits } from '../terminal/micro-units.ts';
import type { LeverOptions } from '../ledger/operator-command.ts';
import { sendAsOperator, withSigning } from '../ledger/operator-command.ts';
import { openSource } from '../ledger/source.ts';

type Correction = DataOfType<'daybook.correction.posted.v1'>;

interface CorrectionOptions extends LeverOptions {
  readonly transfer: string;
  readonly participant: string;
  readonly give?: string;
  readonly take?: string;
  readonly reason: string;
}

export function registerCorrection(program: Command): void {
  const correction = program.command('correction').description('put right what was paid wrongly');
  withSigning(
    correction.command('post').description('give or take the difference'),
    'seed of the operator',
  )
    .argument('<name>', 'of the correction; its transfer is correction/<name>')
    .requiredOption('--transfer <id>', 'the transfer that was wrong, or correction/<name>')
    .requiredOption('--participant <who>', 'name, public key or the beginning of one')
    .option('--give <amount>', 'micro-units that it got too little')
    .option('--take <amount>', 'micro-units that it got too much')
    .requiredOption('--reason <code>', 'lower-case letters, digits and _')
    .action(post);
}

async function post(name: string, options: CorrectionOptions): Promise<void> {
  const { give, take, reason, transfer, participant } = options;
  if (!slug.is(name)) throw new Exit(EXIT.usage, `"${name}" is no name of a correction`);
  if (!reasonCode.is(reason)) throw new Exit(EXIT.usage, `--reason: "${reason}" is no code`);
  if ((give === undefined) === (take === undefined))
    throw new Exit(EXIT.usage, 'say --give <amount> or --take <amount>, one of them');
  const amount = microUnits(give === undefined ? '--take' : '--give', give ?? take);
  // What is wrong with it is said before a whole ledger is folded.
  readKey(options.key);
  const found = await lookUp(options, transfer, participant);
  const effect = give === undefined ? 'take' : 'give';
  const data: Correction = { correction: name, ...found, effect, amount, reason };
  await sendAsOperator(`correct-${name}`, options, { type: 'daybook.correction.posted.v1', data });
}

/** @throws Exit when there is no such transfer or participant */
async function lookUp(
  options: CorrectionOptions,
  transfer: string,
  who: string,
): Promise<Pick<Correction, 'original' | 'participant'>> {
  const source = await openSource(options);
  const rebuilt = new Rebuild();
  let original: Correction['original'] | null = null;
  try {
    for await (const { lines } of source.chunks())
      for (const line of lines) {
        original ??= originalIn(line, transfer);
        rebuilt.add(line);
      }
  } finally {
    await source.close();
  }
  const found = findParty(rebuilt.books, who);
  if (found._tag === 'Left') throw new Exit(EXIT.failed, found.left);
  const party = found.right;
  if (original === null) throw new Exit(EXIT.failed, `no entry posted a transfer ${transfer}`);
  return { original, participant: party.participant };
}

function originalIn(line: Uint8Array, transfer: string): Correction['original'] | null {
  const event = decodeEvent(line);
  if (isLeft(event)) return null;
  const { right } = event;
  if (right.type === 'daybook.correction.posted.v1')
    return transfer === `correction/${right.data.correction}`
      ? { transfer, sequence: right.sequence, amount: right.data.amount }
      : null;
  if (right.type !== 'daybook.journal.posted.v1') return null;
  const posted = right.data.transfers.find(({ id }) => id === transfer);
  return posted === undefined
    ? null
    : { transfer, sequence: right.sequence, amount: posted.amount };
}

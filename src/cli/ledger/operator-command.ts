/**
 * One signed command of the operator, or of another who may, sent until it is answered or the patience is over. The id is
 * told on failure, because a command without an answer may have been recorded: sending it again with
 * that id gives the answer and changes nothing twice.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { systemClock } from '../../adapters/system-clock.ts';
import type { FactOf, FactType } from '../../events/catalogue.ts';
import { commandId } from '../../events/codecs.ts';
import type { SigningKey } from '../../events/nkey.ts';
import type { Refusal } from '../../commands/refusal.ts';
import { REFUSALS } from '../../commands/refusal.ts';
import { CommandClient } from '../../roles/command-client.ts';
import { booksHere, decideHere } from './decide-here.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import type { LedgerOptions } from './ledger-options.ts';
import { openAt, readKey, withLedger } from './ledger-options.ts';
import type { OutputOptions } from '../terminal/output.ts';
import { print, printJson, withOutput } from '../terminal/output.ts';
import { stopSignal } from '../terminal/stop-signal.ts';
import { wholeNumber } from '../terminal/whole-number.ts';

export interface LeverOptions extends LedgerOptions, OutputOptions {
  readonly key: string;
  readonly dryRun?: boolean;
  readonly id?: string;
  readonly timeout: string;
}

/** The options of a verb that signs one command. @param whose for the help */
export const withSigning = (command: Command, whose: string): Command =>
  withOutput(withLedger(command), 'table', 'json')
    .requiredOption('--key <file>', whose)
    .option('--dry-run', 'decide here, on the books as they are; send nothing')
    .option('--id <command>', 'command id; repeat one to learn what became of it')
    .option('--timeout <seconds>', 'how long to wait for the authority', '30');

const ID_BYTES = 6;

/** @param what begins the command's id when none is given */
export async function sendAsOperator<T extends FactType>(
  what: string,
  options: LeverOptions,
  fact: FactOf<T>,
): Promise<void> {
  const key = readKey(options.key);
  const id = options.id ?? `${what}-${randomBytes(ID_BYTES).toString('hex')}`;
  if (!commandId.is(id))
    throw new Exit(EXIT.usage, `--id: "${id}" is no command id: letters, digits, - and _`);
  const seconds = wholeNumber('--timeout', options.timeout, 1, 3600);
  if (options.dryRun === true) await rehearse(id, key, options, fact);
  else await send(id, key, options, fact, seconds);
}

async function rehearse<T extends FactType>(
  id: string,
  key: SigningKey,
  options: LeverOptions,
  fact: FactOf<T>,
): Promise<void> {
  const decided = decideHere(await booksHere(options), id, key, options, fact);
  if (isLeft(decided)) throw refused(decided.left, options);
  const { sequence, id: own } = decided.right;
  if (options.output === 'json') printJson({ status: 'would_be_recorded', sequence, id: own });
  else print(`would be recorded, not before #${sequence}; nothing was sent`);
}

async function send<T extends FactType>(
  name: string,
  key: SigningKey,
  options: LeverOptions,
  fact: FactOf<T>,
  seconds: number,
): Promise<void> {
  const parts = await openAt(options, { create: false });
  const patience = AbortSignal.timeout(seconds * 1000);
  const { channel, log } = parts;
  const client = new CommandClient({ channel, clock: systemClock, key, log });
  let id = name;
  try {
    id = await client.idOf(name, fact.type);
    const reply = await client.send(id, fact, AbortSignal.any([stopSignal, patience]));
    // The ledger may have been opened meanwhile.
    id = await client.idOf(id, fact.type);
    if (reply.status === 'refused') throw refused(reply, options);
    if (options.output === 'json') printJson({ ...reply, id });
    else
      print(
        `recorded as #${reply.sequence}` +
          (reply.count > 1 ? `, with ${reply.count - 1} more that follow from it` : '') +
          (reply.repeated ? ' (it had been recorded before)' : ''),
      );
  } catch (error) {
    if (!patience.aborted) throw error;
    throw new Exit(
      EXIT.failed,
      `no answer in ${seconds} s: is an authority running? The command may still have been ` +
        `recorded; the same with --id ${id} tells`,
    );
  } finally {
    await parts.close();
  }
}

function refused({ code, message, retryable }: Refusal, { output }: OutputOptions): Exit {
  if (output === 'json') printJson({ status: 'refused', code, message, retryable });
  const exit = code === 'not_authorised' ? EXIT.notAuthorised : EXIT.failed;
  return new Exit(exit, `refused: ${code}: ${message}. ${REFUSALS[code].advice}`);
}

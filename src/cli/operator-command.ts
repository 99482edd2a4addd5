/**
 * One signed command of the operator, or of a party that acts by hand, sent until it is answered or the patience is over. The id is
 * told on failure, because a command without an answer may have been recorded: sending it again with
 * that id gives the answer and changes nothing twice.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import { randomBytes } from 'node:crypto';
import { systemClock } from '../adapters/system-clock.ts';
import type { FactOf, FactType } from '../events/catalogue.ts';
import { catalogue } from '../events/catalogue.ts';
import { commandId } from '../events/codecs.ts';
import { tagged, tagOf } from '../events/command-tag.ts';
import type { SigningKey } from '../events/nkey.ts';
import { signCommand } from '../commands/command.ts';
import { permit } from '../commands/decide.ts';
import type { Refusal } from '../commands/refusal.ts';
import { REFUSALS } from '../commands/refusal.ts';
import { CommandClient } from '../roles/command-client.ts';
import { Rebuild } from '../roles/rebuild.ts';
import { EXIT, Exit } from './exit.ts';
import type { LedgerOptions } from './ledger-options.ts';
import { ledgerName, openAt, readKey } from './ledger-options.ts';
import type { OutputOptions } from './output.ts';
import { print, printJson } from './output.ts';
import { openSource } from './source.ts';
import { stopSignal } from './stop-signal.ts';
import { wholeNumber } from './whole-number.ts';

export interface LeverOptions extends LedgerOptions, OutputOptions {
  readonly key: string;
  readonly dryRun?: boolean;
  readonly id?: string;
  readonly timeout: string;
}

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
  const source = await openSource({ log: options.log, ledger: options.ledger });
  const rebuilt = new Rebuild();
  try {
    for await (const { lines } of source.chunks()) for (const line of lines) rebuilt.add(line);
  } finally {
    await source.close();
  }
  const { nonce } = rebuilt.books.ledger;
  const anchor = catalogue.get(fact.type)?.author === 'operator' ? null : rebuilt.size;
  const own = nonce === undefined || tagOf(id) !== null ? id : tagged(id, nonce, anchor);
  const command = signCommand(key, ledgerName(options.ledger), own, fact);
  const permitted = permit(rebuilt.books, command);
  if (isLeft(permitted)) throw refused(permitted.left, options);
  const sequence = rebuilt.size;
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

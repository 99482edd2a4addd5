/**
 * One signed command of the operator, or of another who may, sent until it is answered or the patience is over. The id is
 * told on failure, because a command without an answer may have been recorded: sending it again with
 * that id gives the answer and changes nothing twice.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { systemClock } from '../../adapters/system-clock.ts';
import { catalogue } from '../../events/catalogue.ts';
import type { FactOf, FactType } from '../../events/catalogue.ts';
import { commandId } from '../../events/codecs.ts';
import type { SigningKey } from '../../events/nkey.ts';
import type { Refusal } from '../../commands/refusal.ts';
import type { Reply } from '../../commands/reply.ts';
import { REFUSALS } from '../../commands/refusal.ts';
import { CommandClient } from '../../roles/command-client.ts';
import { booksHere, decideHere } from './decide-here.ts';
import { withKey } from '../context/setting-option.ts';
import type { Shape } from '../../explorer/api/shape.ts';
import { boolean, count, members, string, orNull, words } from '../../explorer/api/shape.ts';
import { column, oneOutput, tell, withOutput } from '../terminal/declared-output.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import type { LedgerOptions } from './ledger-options.ts';
import { readKey, withLedger } from './ledger-options.ts';
import { onTracedLedger } from './traced-verb.ts';
import type { OutputOptions } from '../terminal/output.ts';
import { print } from '../terminal/output.ts';
import { withTraces } from '../running/trace-options.ts';
import type { TraceOptions } from '../running/trace-options.ts';
import { stopSignal } from '../terminal/stop-signal.ts';
import { wholeNumber } from '../terminal/whole-number.ts';

export interface LeverOptions extends LedgerOptions, OutputOptions, TraceOptions {
  readonly key: string;
  readonly dryRun?: boolean;
  readonly id?: string;
  readonly timeout: string;
}

/** What became of a command; null: does not apply. */
interface Answered {
  readonly status: 'recorded' | 'would_be_recorded' | 'refused';
  readonly id: string | null;
  readonly sequence: number | null;
  /** Entries that it brought, itself included. */
  readonly count: number | null;
  readonly repeated: boolean | null;
  readonly code: string | null;
  readonly message: string | null;
  readonly retryable: boolean | null;
}

const NOTHING = {
  id: null,
  sequence: null,
  count: null,
  repeated: null,
  code: null,
  message: null,
  retryable: null,
} as const;

const answeredShape: Shape<Answered> = members({
  status: words('recorded', 'would_be_recorded', 'refused'),
  id: orNull(string),
  sequence: orNull(count),
  count: orNull(count),
  repeated: orNull(boolean),
  code: orNull(string),
  message: orNull(string),
  retryable: orNull(boolean),
});

const answered = oneOutput('What became of a command.', answeredShape, [
  column<Answered>('status', ({ status }) => status),
  column<Answered>('id', ({ id }) => id),
  column<Answered>('sequence', ({ sequence }) => sequence),
  column<Answered>('entries', (one) => one.count),
  column<Answered>('code', ({ code }) => code),
  column<Answered>('message', ({ message }) => message),
]);

/** The options of a verb that signs one command. @param whose for the help */
export const withSigning = (command: Command, whose: string): Command =>
  withTraces(withKey(withOutput(withLedger(command), answered), whose))
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
  const answer: Answered = { ...NOTHING, status: 'would_be_recorded', id: own, sequence };
  tell(answered, answer, options, () =>
    print(`would be recorded, not before #${sequence}; nothing was sent`),
  );
}

async function send<T extends FactType>(
  name: string,
  key: SigningKey,
  options: LeverOptions,
  fact: FactOf<T>,
  seconds: number,
): Promise<void> {
  const { command = null } = catalogue.get(fact.type) ?? {};
  await onTracedLedger(`daybook ${command ?? fact.type}`, options, async ({ channel, log }) => {
    const patience = AbortSignal.timeout(seconds * 1000);
    const client = new CommandClient({ channel, clock: systemClock, key, log });
    let id = name;
    try {
      id = await client.idOf(name, fact.type);
      const reply = await client.send(id, fact, AbortSignal.any([stopSignal(), patience]));
      // The ledger may have been opened meanwhile.
      id = await client.idOf(id, fact.type);
      if (reply.status === 'refused') throw refused(reply, options);
      tell(answered, { ...NOTHING, ...reply, id }, options, () => print(recordedText(reply)));
    } catch (error) {
      const isOpen = `The command may still have been recorded; the same with --id ${id} tells`;
      if (stopSignal().aborted) process.stderr.write(`daybook: stopped. ${isOpen}\n`);
      if (!patience.aborted) throw error;
      throw new Exit(EXIT.failed, `no answer in ${seconds} s: is an authority running? ${isOpen}`);
    }
  });
}

const recordedText = ({
  sequence,
  count: entries,
  repeated,
}: Extract<Reply, { status: 'recorded' }>): string =>
  `recorded as #${sequence}` +
  (entries > 1 ? `, with ${entries - 1} more that follow from it` : '') +
  (repeated ? ' (it had been recorded before)' : '');

function refused({ code, message, retryable }: Refusal, options: OutputOptions): Exit {
  const answer: Answered = { ...NOTHING, status: 'refused', code, message, retryable };
  tell(answered, answer, options, () => undefined);
  const exit = code === 'not_authorised' ? EXIT.notAuthorised : EXIT.failed;
  return new Exit(exit, `refused: ${code}: ${message}. ${REFUSALS[code].advice}`);
}

/**
 * A command on the wire: a JSON object {command, id, ledger, actor, data, sig}. Its author signs the
 * fact it asserts (statement.ts), so the accepted command *is* the leading entry: the authority adds
 * place and time, nothing else. `open-ledger` and `tick` are the authority's own.
 */
import { either, left, right } from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import type { JsonObject } from '../events/canonical-json.ts';
import type { Fact, FactOf, FactType } from '../events/catalogue.ts';
import { commandTable, subjectOf } from '../events/catalogue.ts';
import { actorId, commandId, firstProblem, ledgerId, object, text } from '../events/codecs.ts';
import { sourceOf } from '../events/entry.ts';
import type { ActorId, CommandId, LedgerId } from '../events/ids.ts';
import type { SigningKey } from '../events/nkey.ts';
import type { Statement } from '../events/statement.ts';
import { signStatement } from '../events/statement.ts';
import { checkJsonValue, scanJson } from '../events/json-scan.ts';
import type { Refusal } from './refusal.ts';
import { refuse } from './refusal.ts';

export interface Command<F extends Fact = Fact> {
  readonly id: CommandId;
  readonly ledger: LedgerId;
  readonly actor: ActorId;
  /** The fact it asserts. */
  readonly fact: F;
  /** Base64 of the author's signature over the fact's statement. */
  readonly sig: string;
}

export const MAX_COMMAND_BYTES = 256 * 1024;

/** All of a command but its data, whose codec is that of the fact. */
export const commandEnvelope = object({
  command: text('command name', /^[a-z][a-z-]{0,63}$/),
  id: commandId,
  ledger: ledgerId,
  actor: actorId,
  sig: text('signature', /^[A-Za-z0-9+/]{85}[AQgw]==$/),
});

export const statementOf = (command: Omit<Command, 'sig'>): Statement => ({
  actor: command.actor,
  commandid: command.id,
  data: command.fact.data as unknown as JsonObject,
  source: sourceOf(command.ledger),
  subject: subjectOf(command.fact),
  type: command.fact.type,
});

/** Sign a fact as the command that asserts it. */
export function signCommand<T extends FactType>(
  key: SigningKey,
  ledger: LedgerId,
  id: string,
  fact: FactOf<T>,
): Command {
  const unsigned = { id: id as CommandId, ledger, actor: key.actor, fact: fact as Fact };
  return { ...unsigned, sig: signStatement(key, statementOf(unsigned)) };
}

const nameByType = new Map(
  [...commandTable].map(([name, declaration]) => [declaration.type, name] as const),
);

export function encodeCommand(command: Command): Uint8Array {
  const { id, ledger, actor, fact, sig } = command;
  const name = nameByType.get(fact.type);
  return Buffer.from(JSON.stringify({ command: name, id, ledger, actor, data: fact.data, sig }));
}

/** Hostile bytes in; a command whose data has the declared shape, or the reason why not. */
export function decodeCommand(bytes: Uint8Array): Either<Refusal, Command> {
  if (bytes.byteLength > MAX_COMMAND_BYTES)
    return left(refuse('command_too_large', `${bytes.byteLength} bytes`));
  return either.chain(parse(bytes), ({ data, ...rest }) => {
    if (rest['sig'] === undefined) return left(refuse('unsigned_command', 'there is no "sig"'));
    const checked = commandEnvelope.decode(rest);
    if (checked._tag === 'Left')
      return left(refuse('malformed_command', firstProblem(checked.left)));
    const { command, id, ledger, actor, sig } = checked.right;
    const declaration = commandTable.get(command);
    if (declaration === undefined)
      return left(refuse('unknown_command', `there is no command "${command}"`));
    const body = declaration.data.decode(data);
    if (body._tag === 'Left')
      return left(refuse('malformed_command', `data.${firstProblem(body.left)}`));
    const fact = { type: declaration.type, data: body.right } as Fact;
    return right({ id, ledger, actor, fact, sig });
  });
}

const MAX_COMMAND_DEPTH = 32;
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The depth is bounded before JSON.parse recurses; a repeated name would be lost by it silently. */
function parse(bytes: Uint8Array): Either<Refusal, Record<string, unknown>> {
  const malformed = (message: string): Either<Refusal, never> =>
    left(refuse('malformed_command', message));
  const scan = scanJson(bytes);
  if (scan.lineBreak) return malformed('a command is one line');
  if (scan.depth > MAX_COMMAND_DEPTH)
    return malformed(`nested deeper than ${MAX_COMMAND_DEPTH} levels`);
  let value: unknown;
  try {
    value = JSON.parse(strictUtf8.decode(bytes));
  } catch {
    return malformed('not JSON in UTF-8');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return malformed('not a JSON object');
  const check = checkJsonValue(value);
  if (check.problem !== null) return malformed(check.problem);
  if (check.members !== scan.members) return malformed('an object names one member twice');
  return right(value as Record<string, unknown>);
}

/**
 * Replay with judgement: every command in a recording is decided again on the state before it, and
 * the entries it leads to must be the recorded ones, byte for byte. That covers every transition:
 * an entry that no rule produces, or one that is missing, is a finding with its sequence.
 */
import type { Either } from 'fp-ts/lib/Either.js';
import { isLeft } from 'fp-ts/lib/Either.js';
import type { LedgerEvent } from '../../events/catalogue.ts';
import type { EventError } from '../../events/decode-event.ts';
import { decodeEvent } from '../../events/decode-event.ts';
import { ledgerOf, msOfTime } from '../../events/entry.ts';
import type { Fact } from '../../events/catalogue.ts';
import type { Command } from '../../commands/command.ts';
import type { MachineState } from '../../commands/machine.ts';
import { LedgerMachine } from '../../commands/ledger-machine.ts';
import { hasGuard } from '../../commands/decide.ts';
import { commandRecord } from '../../projections/command-book.ts';
import { Finding } from './check.ts';

export interface DecodedEntry {
  readonly event: LedgerEvent;
  readonly line: Uint8Array;
}

/** @throws Finding at the first line that is no event of the catalogue or out of sequence */
export const decodeLines = (lines: readonly Uint8Array[]): DecodedEntry[] =>
  lines.map((line, index) => ({ event: inSequence(decodeEvent(line), index), line }));

/** What was read as entry `index`. @throws Finding: it is no event, or another entry */
export function inSequence(read: Either<EventError, LedgerEvent>, index: number): LedgerEvent {
  if (isLeft(read)) throw new Finding(read.left.message, index);
  const { sequence } = read.right;
  if (sequence !== index) throw new Finding(`sequence ${sequence} where ${index} belongs`, index);
  return read.right;
}

/** What the machine makes of the whole recording. @throws Finding */
export function redecide(entries: readonly DecodedEntry[]): MachineState {
  const decided = new Redecision();
  for (const entry of entries) decided.take(entry);
  return decided.end();
}

/** A recording decided again, an entry at a time. Once it has thrown it is of no use any more. */
export class Redecision {
  #machine: LedgerMachine | null = null;
  /** What the last command leads to, and how much of it has come. */
  #derived: readonly Uint8Array[] = [];
  #come = 0;
  #size = 0;

  /** @throws Finding */
  take(entry: DecodedEntry): void {
    const index = this.#size;
    this.#machine ??= LedgerMachine.empty(ledgerOf(entry.event.source));
    if (this.#come === this.#derived.length) this.#decide(this.#machine, entry.event, index);
    const derived = this.#derived[this.#come] as Uint8Array;
    if (Buffer.compare(entry.line, derived) !== 0)
      throw new Finding(`${entry.event.type} is not what the rules derive here`, index);
    this.#size += 1;
    this.#come += 1;
    if (this.#come === this.#derived.length) this.#machine.settle(this.#come);
  }

  /** The state after the last entry. @throws Finding */
  end(): MachineState {
    if (this.#machine === null) throw new Finding('the recording is empty');
    if (this.#come < this.#derived.length)
      throw new Finding('the recording ends before its last command is carried out', this.#size);
    return this.#machine.ahead;
  }

  #decide(machine: LedgerMachine, event: LedgerEvent, index: number): void {
    // Nothing is ahead of what is settled between two commands.
    const { books } = machine.ahead;
    const command = commandOf(event, index);
    const nowMs = msOfTime(event.time);
    if (nowMs < books.ledger.clockMs) throw new Finding('the clock runs backwards', index);
    const decided = decide(machine, command, nowMs, index);
    if (isLeft(decided))
      throw new Finding(`${event.type} is not legal here: ${decided.left.code}`, index);
    this.#derived = decided.right.lines;
    this.#come = 0;
    if (this.#derived.length === 0)
      throw new Finding('a tick with nothing due has no place in a ledger', index);
  }
}

/** What no authority that follows the rules could have been asked is a finding, not a crash. */
function decide(
  machine: LedgerMachine,
  command: Command,
  nowMs: number,
  index: number,
): ReturnType<LedgerMachine['decide']> {
  const { type } = command.fact;
  if (!hasGuard(type)) throw new Finding(`${type} is no command, and nothing led to it`, index);
  const known = commandRecord(machine.ahead.books, command.id);
  if (known !== undefined)
    throw new Finding(`command ${command.id} was recorded at ${known.sequence} already`, index);
  try {
    return machine.decide(command, nowMs);
  } catch (error) {
    // An invariant of the machine holds for whatever its rules produced; here something else did.
    throw new Finding(`${type}: ${error instanceof Error ? error.message : String(error)}`, index);
  }
}

/** The command behind a leading entry, from the entry alone. */
function commandOf(event: LedgerEvent, sequence: number): Command {
  if (event.causationid !== undefined)
    throw new Finding(`${event.type} follows from nothing before it`, sequence);
  if (event.sig === undefined) throw new Finding(`${event.type} is not signed`, sequence);
  return {
    id: event.commandid,
    ledger: ledgerOf(event.source),
    actor: event.actor,
    fact: { type: event.type, data: event.data } as unknown as Fact,
    sig: event.sig,
  };
}

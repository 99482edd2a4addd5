/**
 * Replay with judgement: every command in a recording is decided again on the state before it, and
 * the entries it leads to must be the recorded ones, byte for byte. That covers every transition:
 * an entry that no rule produces, or one that is missing, is a finding with its sequence.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import type { LedgerEvent } from '../../events/catalogue.ts';
import { decodeEvent } from '../../events/decode-event.ts';
import { ledgerOf, msOfTime } from '../../events/entry.ts';
import type { Fact } from '../../events/catalogue.ts';
import type { Command } from '../../commands/command.ts';
import type { MachineState } from '../../commands/machine.ts';
import { LedgerMachine } from '../../commands/ledger-machine.ts';
import { hasGuard } from '../../commands/decide.ts';
import { commandRecord } from '../../projections/command-book.ts';
import { Finding } from './check.ts';

/** Often enough for a person, too seldom to be felt. */
export const LINES_BETWEEN_REPORTS = 512;

export interface DecodedEntry {
  readonly event: LedgerEvent;
  readonly line: Uint8Array;
}

/** @throws Finding at the first line that is no event of the catalogue or out of sequence */
export function decodeLines(
  lines: readonly Uint8Array[],
  onProgress: (done: number) => void = () => {},
): DecodedEntry[] {
  return lines.map((line, index) => {
    if (index % LINES_BETWEEN_REPORTS === 0) onProgress(index);
    const event = decodeEvent(line);
    if (isLeft(event)) throw new Finding(event.left.message, index);
    if (event.right.sequence !== index)
      throw new Finding(`sequence ${event.right.sequence} where ${index} belongs`, index);
    return { event: event.right, line };
  });
}

/**
 * What the machine makes of the whole recording. The state that `observe` sees moves on with the
 * next command. @throws Finding
 */
export function redecide(
  entries: readonly DecodedEntry[],
  observe: (state: MachineState, events: readonly LedgerEvent[]) => void = () => {},
): MachineState {
  const first = entries[0];
  if (first === undefined) throw new Finding('the recording is empty');
  const machine = LedgerMachine.empty(ledgerOf(first.event.source));
  let index = 0;
  while (index < entries.length) {
    // Nothing is ahead of what is settled between two commands.
    const state = machine.ahead;
    const { event } = entries[index] as DecodedEntry;
    const command = commandOf(event, index);
    const nowMs = msOfTime(event.time);
    if (nowMs < state.books.ledger.clockMs) throw new Finding('the clock runs backwards', index);
    const decided = decide(machine, command, nowMs, index);
    if (isLeft(decided))
      throw new Finding(`${event.type} is not legal here: ${decided.left.code}`, index);
    const { lines, events } = decided.right;
    if (lines.length === 0)
      throw new Finding('a tick with nothing due has no place in a ledger', index);
    lines.forEach((line, offset) => compare(entries[index + offset], line, index + offset));
    index += lines.length;
    machine.settle(lines.length);
    observe(machine.ahead, events);
  }
  return machine.ahead;
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

function compare(recorded: DecodedEntry | undefined, derived: Uint8Array, sequence: number): void {
  if (recorded === undefined)
    throw new Finding('the recording ends before its last command is carried out', sequence);
  if (Buffer.compare(recorded.line, derived) !== 0)
    throw new Finding(`${recorded.event.type} is not what the rules derive here`, sequence);
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

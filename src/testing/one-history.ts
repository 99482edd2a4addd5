/**
 * The verdict on a ledger that several authorities have written: it is one chain, every command that
 * was acknowledged is in it once and where its acknowledgement says, and judged again from the start
 * it comes out the same, byte for byte.
 */
import { isRight } from 'fp-ts/lib/Either.js';
import { applyCommit } from '../commands/apply-commit.ts';
import { initialState } from '../commands/machine.ts';
import type { EventLog } from '../commands/ports/event-log.ts';
import { unpackCommit } from '../events/commit-codec.ts';
import { LOG_START } from '../events/ids.ts';
import { decodeLines, redecide } from '../roles/audit/replay.ts';

/** Sequence by command id. */
export type Acknowledged = ReadonlyMap<string, number>;

/** @throws Error naming what is wrong; gives the number of commands in the log. */
export async function checkOneHistory(log: EventLog, acknowledged: Acknowledged): Promise<number> {
  let state = initialState(log.ledger);
  const placed = new Map<string, number>();
  const lines: Uint8Array[] = [];
  for await (const commit of log.read(LOG_START)) {
    const applied = applyCommit(state, commit);
    ({ state } = applied);
    for (const { commandid, causationid, sequence } of applied.events) {
      if (causationid !== undefined) continue;
      if (placed.has(commandid)) throw new Error(`command ${commandid} is recorded twice`);
      placed.set(commandid, sequence);
    }
    const unpacked = unpackCommit(commit);
    if (isRight(unpacked)) lines.push(...unpacked.right);
  }
  for (const [id, sequence] of acknowledged)
    if (placed.get(id) !== sequence)
      throw new Error(`${id}, acknowledged at ${sequence}, is recorded at ${placed.get(id)}`);
  redecide(decodeLines(lines));
  return placed.size;
}

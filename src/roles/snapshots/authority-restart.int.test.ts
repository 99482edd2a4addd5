/** An authority on a folder, stopped and started again: it goes on from what it kept, in good order. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openLedger } from '../../adapters/open.ts';
import { SnapshotFolder } from '../../adapters/snapshot-folder.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import type { Command } from '../../commands/command.ts';
import { encodeCommand, signCommand } from '../../commands/command.ts';
import { openingOf } from '../../commands/opening.ts';
import type { EventLog } from '../../commands/ports/event-log.ts';
import { decodeReply } from '../../commands/reply.ts';
import type { Reply } from '../../commands/reply.ts';
import { seedPolicy } from '../../commands/seed-policy.ts';
import type { LogPosition } from '../../events/ids.ts';
import { LOG_START } from '../../events/ids.ts';
import { tagged } from '../../events/command-tag.ts';
import { keyNamed, LEDGER, NONCE } from '../../testing/desk.ts';
import { runAuthority } from '../authority.ts';
import { Rebuild } from '../rebuild.ts';
import { SnapshotKeeper } from './keeper.ts';

let path: string;
beforeEach(() => {
  path = mkdtempSync(join(tmpdir(), 'restart-'));
});
afterEach(() => rmSync(path, { recursive: true }));

const key = keyNamed('authority');
const operator = keyNamed('operator');

/** One life of the authority: it serves these commands, in order, and ends in good order. */
async function life(commands: readonly Command[]): Promise<{
  replies: Reply[];
  said: string[];
  /** Positions after which the log was read. */
  readAfter: LogPosition[];
}> {
  const said: string[] = [];
  const readAfter: LogPosition[] = [];
  const parts = await openLedger(`file:${path}`, LEDGER);
  const { log: own } = parts;
  const log: EventLog = {
    ledger: own.ledger,
    appendsInFlight: own.appendsInFlight,
    head: () => own.head(),
    append: own.append.bind(own),
    follow: own.follow.bind(own),
    close: () => own.close(),
    read: (after) => {
      readAfter.push(after);
      return own.read(after);
    },
  };
  const folder = new SnapshotFolder(join(path, 'snapshots'));
  const snapshots = new SnapshotKeeper({ folder, everyEntries: 4, say: (line) => said.push(line) });
  const stop = new AbortController();
  const serving = runAuthority({ ...parts, log, clock: systemClock, key, snapshots }, stop.signal);
  const replies: Reply[] = [];
  for (const command of commands)
    replies.push(
      decodeReply(
        await parts.channel.request('command', encodeCommand(command), { timeoutMs: 120_000 }),
      ),
    );
  stop.abort();
  await serving;
  await parts.close();
  return { replies, said, readAfter };
}

const admission = (name: string): Command =>
  signCommand(operator, LEDGER, tagged(`admit-${name}`, NONCE, null), {
    type: 'daybook.participant.admitted.v1',
    data: { participant: keyNamed(name).actor, role: 'worker', name },
  });

it('goes on from its snapshot: same numbering, same answers to a retry, only the tail read', async () => {
  const opening = signCommand(
    key,
    LEDGER,
    'open',
    openingOf(LEDGER, key.actor, operator.actor, NONCE),
  );
  const policy = signCommand(operator, LEDGER, tagged('policy', NONCE, null), {
    type: 'daybook.policy.adopted.v1',
    data: seedPolicy,
  });
  const first = await life([opening, policy, ...['a', 'b', 'c', 'd'].map(admission)]);
  const size = first.replies.reduce(
    (sum, reply) => sum + (reply.status === 'recorded' ? reply.count : 0),
    0,
  );
  const second = await life([admission('b'), admission('e')]);
  expect(second.said).toEqual([`starts from a snapshot of ${size} entries`]);
  expect(second.readAfter).not.toContain(LOG_START);
  expect(second.replies).toMatchObject([
    { status: 'recorded', repeated: true },
    { status: 'recorded', repeated: false, sequence: size },
  ]);

  const { log, close } = await openLedger(`file:${path}`, LEDGER);
  const rebuilt = new Rebuild();
  for await (const commit of log.read(LOG_START)) rebuilt.addCommit(commit);
  await close();
  const names = Object.values(rebuilt.books.members).map(({ name }) => name);
  expect(names).toEqual(['a', 'b', 'c', 'd', 'e']);
  expect(readdirSync(join(path, 'snapshots'))).toHaveLength(2);
});

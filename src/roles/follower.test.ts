/** Waiting on a fold: who waits is asked again at every commit, and only it learns what goes wrong. */
import { describe, expect, it } from 'vitest';
import { openLog } from '../adapters/memory/event-log.ts';
import { MemoryWorld } from '../adapters/memory/world.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { initialState } from '../commands/machine.ts';
import type { LogPosition } from '../events/ids.ts';
import { packCommit } from '../events/commit-codec.ts';
import type { CommitId, EntrySequence, LedgerId } from '../events/ids.ts';
import type { Fold } from './follower.ts';
import { Follower } from './follower.ts';

const LEDGER = 'waited-for' as LedgerId;

/** Counts entries and looks at nothing else. */
const counting: Fold = ({ books, ...rest }, { count }) => ({
  state: {
    ...rest,
    books: { ...books, ledger: { ...books.ledger, size: books.ledger.size + count } },
  },
  events: [],
});

function followed(): {
  readonly follower: Follower;
  readonly append: () => Promise<unknown>;
  readonly stop: AbortController;
  readonly running: Promise<void>;
} {
  const log = openLog(new MemoryWorld(systemClock), LEDGER);
  const follower = new Follower(log, counting, {
    state: initialState(LEDGER),
    position: 0 as LogPosition,
  });
  const stop = new AbortController();
  let size = 0;
  const append = (): Promise<unknown> => {
    size += 1;
    const first = (size - 1) as EntrySequence;
    const commit = packCommit(
      `c-${size}` as CommitId,
      first,
      [Buffer.from(`{"n":${size}}`)],
      Buffer.alloc(32),
    );
    return log.append(commit, first as number as LogPosition);
  };
  return { follower, append, stop, running: follower.run(stop.signal) };
}

describe('waiting on a fold', () => {
  it('ends with the books that first meet the condition', async () => {
    const { follower, append, stop, running } = followed();
    let asked = 0;
    const waiting = follower.until(({ ledger }) => {
      asked += 1;
      return ledger.size >= 3;
    }, stop.signal);
    for (let n = 0; n < 5; n += 1) await append();
    expect((await waiting).ledger.size).toBeGreaterThanOrEqual(3);
    expect(asked).toBeGreaterThan(3);
    stop.abort();
    await running;
  });

  it('ends with what the condition throws, and the following goes on', async () => {
    const { follower, append, stop, running } = followed();
    const waiting = follower.until(({ ledger }) => {
      if (ledger.size === 2) throw new Error('not these books');
      return false;
    }, stop.signal);
    const refused = expect(waiting).rejects.toThrow('not these books');
    await append();
    await append();
    await refused;
    await append();
    expect((await follower.reach(2, stop.signal)).ledger.size).toBe(3);
    stop.abort();
    await running;
  });

  it('ends with the reason of its signal', async () => {
    const { follower, append, stop, running } = followed();
    const own = new AbortController();
    const waiting = follower.until(() => false, own.signal);
    const ended = expect(waiting).rejects.toThrow('enough');
    await append();
    own.abort(new Error('enough'));
    await ended;
    stop.abort();
    await running;
  });
});

/** Time travel costs what lies between milestones, and is bounded; a rebuild makes it start over. */
import { describe, expect, it } from 'vitest';
import type { EventLog } from '../commands/ports/event-log.ts';
import { canonicalJson } from '../events/canonical-json.ts';
import type { StoredCommit } from '../events/commit.ts';
import { emptyBooks } from '../projections/books.ts';
import { foldInto } from '../projections/fold.ts';
import { LEDGER } from '../testing/desk.ts';
import { StoryLedger } from '../testing/story-ledger.ts';
import { AsOf } from './as-of.ts';
import { Batch } from './batch.ts';
import { Folding, nothingOf } from './folding.ts';

const ledger = new StoryLedger({ windows: 8 });
const { desk } = ledger.story;
await ledger.save();
for (let beat = 0; beat < 60; beat += 1) {
  ledger.story.live(5);
  await ledger.save();
}
const last = desk.lines.length - 1;

/** Followed commit by commit, with `each` after each of them. */
async function followed(each: (folding: Folding) => void = () => {}): Promise<Folding> {
  const folding = new Folding(nothingOf(LEDGER));
  const batch = new Batch(folding, LEDGER);
  for await (const commit of ledger.handle().read(folding.position)) {
    batch.add(commit);
    batch.flush();
    each(folding);
  }
  return folding;
}

/** The log, counting entries read, held up until `gate`. */
function watched(gate: Promise<void> = Promise.resolve()): { log: EventLog; read: () => number } {
  const log = ledger.handle();
  let entries = 0;
  async function* read(after: StoredCommit['position']): AsyncIterable<StoredCommit> {
    await gate;
    for await (const commit of log.read(after)) {
      entries += commit.count;
      yield commit;
    }
  }
  return { log: { ledger: LEDGER, read } as unknown as EventLog, read: () => entries };
}

const booksAt = (at: number): string => {
  const books = emptyBooks(LEDGER);
  for (const event of desk.events.slice(0, at + 1)) foldInto(books, event);
  return canonicalJson(books as never);
};

describe('as of', () => {
  it('any entry: true books, for no more than the way from a milestone', async () => {
    const { log, read } = watched();
    const served = { folding: new Folding(nothingOf(LEDGER)) };
    const asOf = new AsOf(log, served, { spacing: 40 });
    await followed((folding) => {
      served.folding = folding;
      asOf.note();
    });
    for (let at = 0; at <= last; at += 13) {
      const before = read();
      const { books, head } = await asOf.at(at);
      expect(canonicalJson(books as never)).toBe(booksAt(at));
      expect(head.size).toBe(at + 1);
      expect(read() - before).toBeLessThan(150);
    }
  });

  it('an entry that was just asked for, without reading again', async () => {
    const { log, read } = watched();
    const asOf = new AsOf(log, { folding: await followed() });
    await asOf.at(50);
    const before = read();
    await asOf.at(50);
    expect(read()).toBe(before);
  });

  it('nothing that would cost too much, or that is not there', async () => {
    const asOf = new AsOf(watched().log, { folding: await followed() }, { refoldMax: 20 });
    await expect(asOf.at(20)).rejects.toMatchObject({ code: 'too_far_back', status: 422 });
    await expect(asOf.at(last + 1)).rejects.toMatchObject({ code: 'beyond_head', status: 404 });
    expect((await asOf.at(19)).head.size).toBe(20);
  });

  it('few at a time', async () => {
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const asOf = new AsOf(watched(gate).log, { folding: await followed() });
    const asked = Array.from({ length: 12 }, (_, at) => asOf.at(at));
    const refused = asked
      .slice(8)
      .map((one) => expect(one).rejects.toMatchObject({ code: 'busy' }));
    await Promise.all(refused);
    open();
    const served = await Promise.all(asked.slice(0, 8));
    expect(served.map(({ head }) => head.size)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('an earlier entry after a rebuild: from the log, not from what was kept before it', async () => {
    const served = { folding: await followed() };
    const asOf = new AsOf(watched().log, served);
    const before = await asOf.at(50);
    served.folding = await followed();
    const after = await asOf.at(50);
    expect(after).not.toBe(before);
    expect(after).toEqual(before);
  });
});

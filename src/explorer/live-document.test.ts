/** The law of the live document: what changed since n, laid over the document at n, is the document. */
import { describe, expect, it } from 'vitest';
import { decodeEvent } from '../events/decode-event.ts';
import type { LogPosition } from '../events/ids.ts';
import { leafHash } from '../events/merkle.ts';
import { Folding, nothingOf } from './folding.ts';
import { LiveDocument } from './live-document.ts';
import { liveItems } from './read-models/live.ts';
import { Tally } from './read-models/tally.ts';
import { LEDGER } from '../testing/desk.ts';
import { wholeStory } from '../testing/story.ts';

type Items = Record<string, unknown>;
const parsed = (json: string | null): Items => (json === null ? {} : (JSON.parse(json) as Items));

describe('live document', () => {
  it('brings any earlier reader up to date, through every type of event', () => {
    const { desk } = wholeStory();
    const folding = new Folding(nothingOf(LEDGER));
    const document = new LiveDocument();
    const tally = new Tally();
    const seen = new Map<number, Items>();
    for (const [index, line] of desk.lines.entries()) {
      const event = decodeEvent(line);
      if (event._tag === 'Left') throw new Error(event.left.message);
      const tree = folding.tree.clone();
      const leaf = leafHash(line);
      tree.append(leaf);
      const position = (index + 1) as LogPosition;
      const leaves = [leaf];
      folding.take([
        { first: index, position, lines: [line], leaves, events: [event.right], tree },
      ]);
      if (index % 7 !== 0) continue;
      tally.update(folding.folded().history);
      document.publish(folding.size, liveItems(folding.folded(), tally));
      seen.set(document.size, parsed(document.changesSince(-1)));
    }
    const now = parsed(document.changesSince(-1));
    for (const [size, before] of seen)
      expect({ ...before, ...parsed(document.changesSince(size)) }).toEqual(now);
    expect(document.changesSince(document.size)).toBeNull();
    // A reader that is one step behind does not get the whole again.
    const late = Object.keys(parsed(document.changesSince(document.size - 1)));
    expect(late).toContain('head');
    expect(late).not.toContain('run/r');
  });
});

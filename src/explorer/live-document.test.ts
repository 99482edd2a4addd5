/** The law of the live document: what changed since n, laid over the document at n, is the document. */
import { describe, expect, it } from 'vitest';
import { decodeEvent } from '../events/decode-event.ts';
import { leafHash } from '../events/merkle.ts';
import { Folding } from './folding.ts';
import { LiveDocument } from './live-document.ts';
import { overviewOf } from './read-models/overview.ts';
import { wholeStory } from '../testing/story.ts';

type Items = Record<string, unknown>;
const parsed = (json: string | null): Items => (json === null ? {} : (JSON.parse(json) as Items));

describe('live document', () => {
  it('brings any earlier reader up to date, through every type of event', () => {
    const { desk } = wholeStory();
    const folding = new Folding('desk');
    const document = new LiveDocument();
    const seen = new Map<number, Items>();
    for (const [index, line] of desk.lines.entries()) {
      const event = decodeEvent(line);
      if (event._tag === 'Left') throw new Error(event.left.message);
      const tree = folding.tree.clone();
      const leaf = leafHash(line);
      tree.append(leaf);
      folding.fold([event.right], [leaf], tree);
      if (index % 7 !== 0) continue;
      document.publish(overviewOf(folding.folded()));
      seen.set(document.size, parsed(document.changesSince(-1)));
    }
    const now = parsed(document.changesSince(-1));
    for (const [size, before] of seen)
      expect({ ...before, ...parsed(document.changesSince(size)) }).toEqual(now);
    expect(document.changesSince(document.size)).toBeNull();
    // A reader that is one step behind does not get the whole again.
    const late = Object.keys(parsed(document.changesSince(document.size - 1)));
    expect(late).toContain('head');
    expect(late).not.toContain('window/r/0');
  });
});

/** The log's index against a plain look at every entry of a story. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { LedgerEvent } from '../../events/catalogue.ts';
import { decodeEvent } from '../../events/decode-event.ts';
import { msOfTime } from '../../events/entry.ts';
import { wholeStory } from '../../testing/story.ts';
import type { LogFilter } from './log-index.ts';
import { LogIndex } from './log-index.ts';

const { desk } = wholeStory();
const index = new LogIndex();
const events: LedgerEvent[] = [];
const texts: string[] = [];

beforeAll(() => {
  for (const line of desk.lines) {
    index.add(line);
    const event = decodeEvent(line);
    if (event._tag === 'Left') throw new Error(event.left.message);
    events.push(event.right);
    texts.push(Buffer.from(line).toString());
  }
});

const [someone = ''] = Object.keys(desk.books.members);
const EVERYTHING = { from: 0, limit: Infinity };

describe('log index', () => {
  it.each<[string, LogFilter, (event: LedgerEvent, text: string) => boolean]>([
    ['everything', {}, () => true],
    [
      'a type',
      { types: ['daybook.verdict.recorded.v1'] },
      ({ type }) => type === 'daybook.verdict.recorded.v1',
    ],
    ['an author', { author: someone }, ({ actor }) => actor === someone],
    ['whom it names', { naming: [someone] }, (_event, text) => text.includes(someone)],
    [
      'either a type or a name',
      { either: { types: ['daybook.window.sealed.v1'], naming: [someone] } },
      ({ type }, text) => type === 'daybook.window.sealed.v1' || text.includes(someone),
    ],
    [
      'a window, also by its assignments',
      { run: 'r', window: 1 },
      ({ data }) => {
        const { run, window, assignment = '' } = data as Record<string, unknown>;
        return (run === 'r' && window === 1) || String(assignment).startsWith('r/1/');
      },
    ],
    ['not after an entry', { through: 20 }, ({ sequence }) => sequence <= 20],
    ['a type that there is not', { types: ['daybook.none.v1'] }, () => false],
    ['a run that there is not', { run: 'constructor' }, () => false],
  ])('finds by %s', (_name, filter, holds) => {
    const wanted = events.filter((event) => holds(event, texts[event.sequence] ?? ''));
    const found = index.find(filter, EVERYTHING);
    expect(found.sequences).toEqual(wanted.map(({ sequence }) => sequence as number).toReversed());
    expect(found.total).toBe(wanted.length);
  });

  it('finds by ledger time, both ends included', () => {
    const times = events.map(({ time }) => msOfTime(time));
    const [sinceMs = 0, untilMs = 0] = [times[40], times[90]];
    const wanted = times.flatMap((ms, at) => (ms >= sinceMs && ms <= untilMs ? [at] : []));
    expect(index.find({ sinceMs, untilMs }, EVERYTHING).sequences).toEqual(wanted.toReversed());
  });

  it('gives a page of what it finds, and how much there is', () => {
    const whole = index.find({}, EVERYTHING);
    const page = index.find({}, { from: 30, limit: 10 });
    expect(page).toEqual({ total: whole.total, sequences: whole.sequences.slice(30, 40) });
  });
});

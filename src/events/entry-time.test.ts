/** Digit arithmetic against the runtime's own Date: the same texts, the same instants. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isTime, msOfTimeText } from './entry-time.ts';

const LAST_MS = 253_402_300_799_999;
const DAY_MS = 86_400_000;

/** What Date makes of it: the round trip refuses what Date bends into other days. */
function byDate(text: string): boolean {
  const ms = Date.parse(text);
  return ms >= 0 && /^\d{4}-/.test(text) && new Date(ms).toISOString() === text;
}

describe('the time of an entry', () => {
  it('is the instant that Date prints, on every day there is', () => {
    for (let ms = 0; ms <= LAST_MS; ms += 17 * DAY_MS + 12_345_678) {
      const text = new Date(ms).toISOString();
      if (!isTime(text) || msOfTimeText(text) !== ms) expect(text).toBe(`${ms}`);
    }
    for (const year of [1970, 1972, 2000, 2024, 2100, 2400, 9999]) {
      for (let ms = Date.UTC(year, 1, 27); ms < Date.UTC(year, 2, 3); ms += DAY_MS / 2)
        expect(msOfTimeText(new Date(ms).toISOString())).toBe(ms);
    }
  });

  it('and no other text is one', () => {
    const digit = fc.nat(9).map(String);
    const text = fc.tuple(
      ...Array.from('0000-00-00T00:00:00.000Z', (mark) =>
        mark === '0' ? digit : fc.constant(mark),
      ),
    );
    const near = fc
      .date({ min: new Date(0), max: new Date(LAST_MS), noInvalidDate: true })
      .map((date) => date.toISOString());
    const altered = fc
      .tuple(near, fc.nat(23), fc.constantFrom(...'0123456789-:T.Z+ '))
      .map(([time, at, mark]) => time.slice(0, at) + mark + time.slice(at + 1));
    const any = fc.oneof(
      text.map((marks) => marks.join('')),
      near,
      altered,
      fc.string(),
    );
    fc.assert(
      fc.property(any, (time) => {
        expect(isTime(time)).toBe(byDate(time));
      }),
      { numRuns: 5000 },
    );
    for (const time of [
      '2026-02-29T00:00:00.000Z',
      '2024-02-30T00:00:00.000Z',
      '2026-04-31T00:00:00.000Z',
      '2026-01-01T24:00:00.000Z',
      '2026-00-10T00:00:00.000Z',
      '1969-12-31T23:59:59.999Z',
    ])
      expect([time, isTime(time)]).toEqual([time, false]);
  });
});

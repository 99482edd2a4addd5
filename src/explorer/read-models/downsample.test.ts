/** What thinning a series keeps. */
import { array, assert, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { largestTriangles, mergedBands } from './downsample.ts';

const series = array(integer({ min: 0, max: 1_000_000 }), { minLength: 1, maxLength: 300 }).map(
  (values) => values.map((y, x) => ({ x, y })),
);
const count = integer({ min: 3, max: 60 });

describe('largest triangles', () => {
  it('keeps the ends, the order, and points that were there', () => {
    assert(
      property(series, count, (points, most) => {
        const few = largestTriangles(points, most);
        expect(few).toHaveLength(Math.min(points.length, most));
        expect(few[0]).toBe(points[0]);
        expect(few.at(-1)).toBe(points.at(-1));
        for (const [at, point] of few.entries()) {
          expect(points).toContain(point);
          if (at > 0) expect(point.x).toBeGreaterThan(few[at - 1]?.x ?? Infinity);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('keeps a spike', () => {
    const points = Array.from({ length: 1000 }, (_, x) => ({ x, y: x === 617 ? 1000 : 1 }));
    expect(largestTriangles(points, 20).some(({ y }) => y === 1000)).toBe(true);
  });
});

describe('merged bands', () => {
  it('keep the extremes, the mean and how many values there were', () => {
    assert(
      property(series, count, (points, most) => {
        const bands = points.map(({ x, y }) => ({ x, low: y - 1, high: y + 1, mean: y, count: 2 }));
        const few = mergedBands(bands, most);
        expect(few.length).toBeLessThanOrEqual(most);
        const mean = (all: typeof bands) =>
          all.reduce((sum, band) => sum + band.mean * band.count, 0) / (2 * points.length);
        expect(Math.min(...few.map(({ low }) => low))).toBe(
          Math.min(...bands.map(({ low }) => low)),
        );
        expect(Math.max(...few.map(({ high }) => high))).toBe(
          Math.max(...bands.map(({ high }) => high)),
        );
        expect(mean(few)).toBeCloseTo(mean(bands));
      }),
      { numRuns: 50 },
    );
  });
});

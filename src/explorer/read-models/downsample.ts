/**
 * Fewer points of a series that still look like it. Steps and lines by largest triangle three buckets
 * (S. Steinarsson, "Downsampling Time Series for Visual Representation", 2013), which keeps the first
 * and the last point; bands by the extremes of each bucket, so that no outlier is lost.
 */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** At most `count` of the points, in their order; all of them where there are no more. */
export function largestTriangles<P extends Point>(points: readonly P[], count: number): P[] {
  if (points.length <= count || count < 3) return [...points];
  const width = (points.length - 2) / (count - 2);
  const chosen = [points[0] as P];
  for (let bucket = 0; bucket < count - 2; bucket += 1) {
    const from = 1 + Math.floor(bucket * width);
    const to = 1 + Math.floor((bucket + 1) * width);
    const next = points.slice(to, Math.min(1 + Math.floor((bucket + 2) * width), points.length));
    const mean = meanOf(next.length === 0 ? points.slice(-1) : next);
    chosen.push(farthest(points.slice(from, to), chosen.at(-1) as P, mean));
  }
  chosen.push(points.at(-1) as P);
  return chosen;
}

const meanOf = (points: readonly Point[]): Point => ({
  x: points.reduce((sum, { x }) => sum + x, 0) / points.length,
  y: points.reduce((sum, { y }) => sum + y, 0) / points.length,
});

function farthest<P extends Point>(bucket: readonly P[], before: Point, after: Point): P {
  let best = bucket[0] as P;
  let most = -1;
  for (const point of bucket) {
    // Twice the area of the triangle; the largest is the largest either way.
    const area = Math.abs(
      (before.x - after.x) * (point.y - before.y) - (before.x - point.x) * (after.y - before.y),
    );
    if (area > most) [best, most] = [point, area];
  }
  return best;
}

/** Lowest, highest and mean of what is at x. */
export interface Band {
  readonly x: number;
  readonly low: number;
  readonly high: number;
  readonly mean: number;
  /** Values behind it. */
  readonly count: number;
}

/** At most `count` bands: each of so many neighbours together, at the x of the first. */
export function mergedBands(bands: readonly Band[], count: number): Band[] {
  if (bands.length <= count) return [...bands];
  const size = Math.ceil(bands.length / count);
  const merged: Band[] = [];
  for (let first = 0; first < bands.length; first += size)
    merged.push(together(bands.slice(first, first + size)));
  return merged;
}

function together(bands: readonly Band[]): Band {
  const count = bands.reduce((sum, band) => sum + band.count, 0);
  return {
    x: bands[0]?.x ?? 0,
    low: Math.min(...bands.map(({ low }) => low)),
    high: Math.max(...bands.map(({ high }) => high)),
    mean: bands.reduce((sum, band) => sum + band.mean * band.count, 0) / Math.max(1, count),
    count,
  };
}

/**
 * How the settlement of a period grows with its participants: division, parts, journals, root; all
 * decided and folded in place, as an authority does it. Everybody holds credits of both units and a
 * payout that vests, so each participant costs four transfers.
 *   node bench/settlement.ts [participants ...]      (default 1000 3000 10000)
 * Prints the least of three rounds, wall clock, and the exponent between neighbouring sizes: 1 is
 * linear, n log n comes to 1.1 here.
 */
import { RUN } from '../src/testing/cast.ts';
import { crowdedClose } from '../src/testing/crowded-close.ts';
import { end } from './lacking.ts';

const ROUNDS = 3;
const given = process.argv.slice(2).map(Number);
const sizes = given.length === 0 ? [1000, 3000, 10_000] : given;
if (!sizes.every((size, i) => Number.isSafeInteger(size) && size > (sizes[i - 1] ?? 0)))
  end('usage: node bench/settlement.ts [participants ...], ascending');

interface Settled {
  readonly ms: number;
  readonly ticks: number;
  readonly bytesMax: number;
  readonly slowestMs: number;
}

function settle(participants: number): Settled {
  const { machine, tick } = crowdedClose(participants);
  void machine.ahead;
  let [ticks, bytesMax, slowestMs] = [0, 0, 0];
  const from = performance.now();
  do {
    const began = performance.now();
    const { bytes } = tick();
    slowestMs = Math.max(slowestMs, performance.now() - began);
    ticks += 1;
    bytesMax = Math.max(bytesMax, bytes);
  } while (machine.ahead.books.closings?.[RUN] !== undefined);
  return { ms: performance.now() - from, ticks, bytesMax, slowestMs };
}

settle(500);
console.log('participants  ms  exponent  ticks  slowest tick ms  largest commit KiB');
let last: { readonly size: number; readonly ms: number } | null = null;
for (const size of sizes) {
  const rounds = Array.from({ length: ROUNDS }, () => settle(size));
  const best = rounds.reduce((a, b) => (a.ms <= b.ms ? a : b));
  const exponent =
    last === null ? '-' : (Math.log(best.ms / last.ms) / Math.log(size / last.size)).toFixed(2);
  console.log(
    [
      String(size).padStart(12),
      best.ms.toFixed(0),
      exponent,
      best.ticks,
      best.slowestMs.toFixed(0),
      (best.bytesMax / 1024).toFixed(0),
    ].join('  '),
  );
  last = { size, ms: best.ms };
}

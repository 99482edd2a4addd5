/**
 * How a ledger's costs grow with its length: folding one event, memory, the books, a snapshot of
 * them, and starting again from it. The stream is made as it is folded (ledger-stream.ts), so the
 * log's own storage, decoding and hashing are not in these figures.
 *   node bench/growth.ts [entries ...]      (default 10000 100000 1000000)
 * `fold ns` at a size: over the tenth of the stream before it, the median of blocks of 1,000 events,
 * each the mean without its slowest 2 %; the ratio is to the first size. `all ns`: the thread's time
 * an event for making, deciding and folding it, collections included. Of a snapshot: `write` encodes
 * and stores it, `start` reads, verifies and decodes it; medians of five, wall clock and own time.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { SnapshotFolder } from '../src/adapters/snapshot-folder.ts';
import type { EventLog } from '../src/commands/ports/event-log.ts';
import type { StoredCommit } from '../src/events/commit.ts';
import type { LogPosition } from '../src/events/ids.ts';
import { CompactRange } from '../src/events/merkle.ts';
import { foldInto } from '../src/projections/fold.ts';
import { encodeSnapshot } from '../src/projections/snapshot.ts';
import { resume } from '../src/roles/snapshots/resume.ts';
import { LedgerStream, MINUTE_WINDOWS } from './ledger-stream.ts';
import { end } from './lacking.ts';

const BLOCK = 1000;
/** Events of a block that are left out: others wanted the processor, or memory was collected. */
const SLOWEST = 20;
const POSITION = 1 as LogPosition;
const ROUNDS = 5;
/** Events of another stream, so that the first size is not the compiler's. */
const WARM_UP = 20_000;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const given = process.argv.slice(2).map(Number);
const sizes = given.length === 0 ? [1e4, 1e5, 1e6] : given;
if (!sizes.every((size, i) => Number.isSafeInteger(size) && size > (sizes[i - 1] ?? 0)))
  end('usage: node bench/growth.ts [entries ...], ascending');

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** What a pair of looks at the clock costs by itself, in ms. */
function clockMs(): number {
  const rounds = Array.from({ length: 1001 }, () => {
    const from = performance.now();
    return performance.now() - from;
  });
  return median(rounds);
}

/** The main thread's own time so far, collections in it included, in ms. */
function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** How long folds took, by blocks: the mean of each without its slowest events. */
class FoldMeter {
  blocksMs: number[] = [];
  readonly #took = new Float64Array(BLOCK);
  #count = 0;

  readonly post: ConstructorParameters<typeof LedgerStream>[1] = (books, event) => {
    const from = performance.now();
    foldInto(books, event);
    this.#took[this.#count] = performance.now() - from;
    this.#count += 1;
    if (this.#count < BLOCK) return;
    this.#count = 0;
    const usual = this.#took.sort().subarray(0, BLOCK - SLOWEST);
    this.blocksMs.push(usual.reduce((sum, ms) => sum + ms, 0) / usual.length);
  };
}

/** A range of that size with any hashes: enough for a root. */
function rangeOf(size: number): CompactRange {
  const ones = [...size.toString(2)].filter((digit) => digit === '1').length;
  const hash = Buffer.alloc(32, 7).toString('base64');
  const range = CompactRange.deserialise({ size, hashes: Array(ones).fill(hash) });
  if (range._tag === 'Left') throw new Error(range.left.message);
  return range.right;
}

/** A log that ends with the snapshot's commit. */
function logEndingAt(ledger: EventLog['ledger'], tree: CompactRange): EventLog {
  const root = Buffer.from(tree.root()).toString('base64');
  const commit = { position: POSITION, first: tree.size - 1, count: 1, root } as StoredCommit;
  async function* read(after: LogPosition): AsyncIterable<StoredCommit> {
    if (after < POSITION) yield commit;
  }
  return { ledger, read } as unknown as EventLog;
}

interface SnapshotFigures {
  readonly bytes: number;
  readonly writeMs: number;
  readonly startMs: number;
  readonly startOwnMs: number;
}

async function snapshotFigures({
  books: state,
  ledger,
}: LedgerStream): Promise<SnapshotFigures | null> {
  const tree = rangeOf(state.ledger.size);
  const roots = new Map<number, Uint8Array>();
  for (const { seedFrom } of Object.values(state.runs))
    if (seedFrom !== null) roots.set(seedFrom, new Uint8Array(32));
  const value = { ledger, position: POSITION, tree, roots, books: state, views: {} };
  const path = mkdtempSync(join(tmpdir(), 'growth-'));
  try {
    const folder = new SnapshotFolder(path);
    const writes: number[] = [];
    const starts: number[] = [];
    const own: number[] = [];
    let bytes = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const from = performance.now();
      const encoded = encodeSnapshot(value);
      if (encoded._tag === 'Left') return null;
      bytes = encoded.right.byteLength;
      await folder.put(tree.size, encoded.right);
      writes.push(performance.now() - from);
      const again = performance.now();
      const againMs = threadMs();
      const fold = await resume(logEndingAt(ledger, tree), folder, (_, why) => {
        throw new Error(why.message);
      });
      starts.push(performance.now() - again);
      own.push(threadMs() - againMs);
      if (fold?.state.books.ledger.size !== tree.size) throw new Error('it starts elsewhere');
    }
    return { bytes, writeMs: median(writes), startMs: median(starts), startOwnMs: median(own) };
  } finally {
    rmSync(path, { recursive: true });
  }
}

const WIDTH = 12;
const print = (row: readonly string[]): void => {
  process.stdout.write(`${row.map((cell) => cell.padStart(WIDTH)).join('')}\n`);
};
const mebi = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);

const idleMs = clockMs();
const warm = new LedgerStream(MINUTE_WINDOWS, new FoldMeter().post);
while (warm.books.ledger.size < WARM_UP) warm.playWindow();

const meter = new FoldMeter();
const stream = new LedgerStream(MINUTE_WINDOWS, meter.post);
const { books } = stream;
let baselineNs: number | null = null;
let windows = 0;

function playTo(size: number): void {
  for (; books.ledger.size < size; windows += 1) stream.playWindow();
}

print(
  ['events', 'windows', 'fold ns', 'ratio', 'all ns', 'heap MiB', 'kept MiB', 'write ms'].concat([
    'start ms',
    'own ms',
  ]),
);
for (const size of sizes) {
  playTo(Math.floor(size * 0.9));
  meter.blocksMs = [];
  const from = { size: books.ledger.size, ms: threadMs() };
  playTo(size);
  const allNs = ((threadMs() - from.ms) * 1e6) / (books.ledger.size - from.size);
  const foldNs = (median(meter.blocksMs) - idleMs) * 1e6;
  baselineNs ??= foldNs;
  collect();
  const { heapUsed } = process.memoryUsage();
  const kept = await snapshotFigures(stream);
  print([
    String(books.ledger.size),
    String(windows),
    foldNs.toFixed(0),
    (foldNs / baselineNs).toFixed(2),
    allNs.toFixed(0),
    mebi(heapUsed),
    ...(kept === null
      ? ['too large']
      : [
          mebi(kept.bytes),
          kept.writeMs.toFixed(0),
          kept.startMs.toFixed(0),
          kept.startOwnMs.toFixed(0),
        ]),
  ]);
}

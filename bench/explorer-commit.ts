/**
 * What the explorer's thread itself spends on a commit of ten entries: folding it, and making what
 * every reader is sent. Processor time of this thread, collections in it included, so that other work
 * on the machine does not show.
 *   node bench/explorer-commit.ts <recording> [entries before] [commits]   (default 60000 60)
 * The recording is one of network-recording.ts; what comes before is folded a thousand at a time, as
 * the explorer does far from the head.
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { packCommit } from '../src/events/commit-codec.ts';
import type { StoredCommit } from '../src/events/commit.ts';
import type { CommitId, EntrySequence, LogPosition } from '../src/events/ids.ts';
import { CompactRange, leafHash } from '../src/events/merkle.ts';
import { Batch } from '../src/explorer/batch.ts';
import { Folding, nothingOf } from '../src/explorer/folding.ts';
import { LiveDocument } from '../src/explorer/live-document.ts';
import { liveItems } from '../src/explorer/read-models/live.ts';
import { Tally } from '../src/explorer/read-models/tally.ts';
import { LEDGER } from '../src/testing/desk.ts';
import { presentFile } from './lacking.ts';

/** Of a busy authority, and of one that people watch. */
const EARLIER_ENTRIES = 200;
const COMMIT_ENTRIES = 10;

const [named, before = '60000', commits = '60'] = process.argv.slice(2);
const recording = presentFile(
  named,
  'node bench/explorer-commit.ts <recording> [entries before] [commits]',
);
const tree = CompactRange.empty();
let position = 0;

function commitOf(lines: readonly Uint8Array[]): StoredCommit {
  const first = tree.size;
  for (const line of lines) tree.append(leafHash(line));
  const packed = packCommit(`c-${first}` as CommitId, first as EntrySequence, lines, tree.root());
  position += 1;
  return { ...packed, position: position as LogPosition };
}

function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function row(what: string, times: readonly number[]): void {
  const sorted = times.toSorted((a, b) => a - b);
  const [median = 0, worst = 0] = [sorted[sorted.length >> 1], sorted.at(-1)];
  process.stdout.write(
    `${what.padEnd(10)} median ${median.toFixed(1)} ms, worst ${worst.toFixed(1)} ms of ${times.length}\n`,
  );
}

const folding = new Folding(nothingOf(LEDGER));
const tally = new Tally();
const document = new LiveDocument();
const batch = new Batch(folding, LEDGER);
const publish = (): void => {
  tally.update(folding.folded().history);
  document.publish(folding.size, liveItems(folding.folded(), tally));
};

const folds: number[] = [];
const publications: number[] = [];
const beganMs = threadMs();
let waiting: Uint8Array[] = [];
let read = 0;
for await (const line of createInterface({ input: createReadStream(recording) })) {
  waiting.push(Buffer.from(line));
  read += 1;
  const isLive = read > Number(before);
  const isLast = read === Number(before);
  if (waiting.length < (isLive ? COMMIT_ENTRIES : EARLIER_ENTRIES) && !isLast) continue;
  const fromMs = threadMs();
  batch.add(commitOf(waiting));
  waiting = [];
  if (!isLive && !isLast && !batch.isFull) continue;
  batch.flush();
  const foldedMs = threadMs();
  publish();
  if (isLast)
    process.stdout.write(`${read} entries folded: ${Math.round(threadMs() - beganMs)} ms\n`);
  if (!isLive) continue;
  folds.push(foldedMs - fromMs);
  publications.push(threadMs() - foldedMs);
  if (folds.length === Number(commits)) break;
}
row('folding', folds);
row('telling', publications);

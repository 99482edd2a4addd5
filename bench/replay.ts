/**
 * Replay's costs as ratios against a plain baseline in the same run, medians of paired rounds: lines
 * against JSON.parse of the same lines, author signatures against bare node:crypto on as many
 * threads, the fold against Emmett's in-memory event store (`npm ci --prefix extras/bench`).
 *   node bench/replay.ts [recording.ndjson]
 * The input is fixtures/logs/mini-trouble.ndjson, pass after pass: every pass begins with empty books.
 * Two baselines: JSON.parse of the recording's bytes, each line read as text first, which is what we
 * are given as well; and JSON.parse of ready strings, which leaves that reading on our side alone.
 */
import { readFileSync } from 'node:fs';
import { CompactRange, leafHash } from '../src/events/merkle.ts';
import { EventLines } from '../src/events/event-lines.ts';
import type { LedgerEvent } from '../src/events/catalogue.ts';
import { splitRecording } from '../src/events/recording.ts';
import { ledgerOf } from '../src/events/entry.ts';
import { emptyBooks } from '../src/projections/books.ts';
import { foldInto } from '../src/projections/fold.ts';
import { decodeLines, redecide } from '../src/roles/audit/replay.ts';
import { Rebuild } from '../src/roles/rebuild.ts';
import { emmettRows } from './emmett-fold.ts';
import { presentFile } from './lacking.ts';
import { pairedMedian } from './paired-median.ts';
import { signatureRow } from './verify-rates.ts';

const path = presentFile(
  process.argv[2] ?? 'fixtures/logs/mini-trouble.ndjson',
  'node bench/replay.ts [recording.ndjson]',
);
const ndjson = readFileSync(path);
const lines = [...splitRecording(ndjson)];
const texts = lines.map((line) => Buffer.from(line).toString('utf8'));
const recorded = decodeLines(lines);
const ledger = ledgerOf(recorded[0]?.event.source ?? '');
const eventLines = new EventLines();

function eachEvent(take: (event: LedgerEvent) => void): void {
  eventLines.load(ndjson);
  for (let next = eventLines.next(); next !== null; next = eventLines.next()) {
    if (next._tag === 'Left') throw new Error(next.left.message);
    take(next.right);
  }
}

function parseStrings(): void {
  for (const text of texts) JSON.parse(text);
}

function parseBytes(): void {
  for (const line of lines) JSON.parse(Buffer.from(line).toString('utf8'));
}

const passes: Record<string, () => void> = {
  'decode and check': () => eachEvent(() => {}),
  'replay: decode and fold': () => {
    const books = emptyBooks(ledger);
    eachEvent((event) => foldInto(books, event));
  },
  'replay with the tree': () => {
    new Rebuild().addLines(ndjson);
  },
  'the tree alone': () => {
    const range = CompactRange.empty();
    for (const line of lines) range.append(leafHash(line));
  },
  'the fold alone': () => {
    const books = emptyBooks(ledger);
    for (const { event } of recorded) foldInto(books, event);
  },
  'decide everything again': () => {
    redecide(recorded);
  },
};
/** What was promised of a row, of the first baseline. */
const targets: Record<string, number> = {
  'replay: decode and fold': 0.6,
  'replay with the tree': 0.35,
};

const print = (text: string): void => void process.stdout.write(`${text}\n`);
print(
  `${lines.length} entries of ${path}, ${Math.round(ndjson.byteLength / lines.length)} bytes each`,
);
for (const [what, pass] of Object.entries(passes)) {
  const { seconds, ratio } = pairedMedian(parseBytes, pass);
  const strict = pairedMedian(parseStrings, pass).ratio;
  const rate = Math.round(lines.length / seconds);
  const target = targets[what] === undefined ? '' : `   target ${targets[what]}`;
  print(
    `${what.padEnd(34)} ${String(rate).padStart(9)}/s   ${ratio.toFixed(2)} x JSON.parse, ${strict.toFixed(2)} x of ready strings${target}`,
  );
}
print(await signatureRow(lines));
for (const row of await emmettRows()) print(row);

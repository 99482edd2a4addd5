/**
 * The ledger's own costs, as ratios against a plain baseline in the same run: replay against
 * JSON.parse of the same lines, signatures against bare node:crypto, the machine against replay.
 *   npm run daybook -- demo --size mini && node bench/ledger.ts demo-1.daybook/recording/demo.ndjson
 * Medians of nine rounds; the input is repeated so that a round lasts long enough to be read.
 */
import { createPublicKey, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { decodeEvent } from '../src/events/decode-event.ts';
import type { LedgerEvent } from '../src/events/catalogue.ts';
import { ledgerOf } from '../src/events/entry.ts';
import { CompactRange, leafHash } from '../src/events/merkle.ts';
import { publicKeyOf } from '../src/events/nkey.ts';
import { splitRecording } from '../src/events/recording.ts';
import { statementBytes, verifyEntrySignature } from '../src/events/statement.ts';
import { emptyBooks } from '../src/projections/books.ts';
import { foldInto } from '../src/projections/fold.ts';
import { decodeLines, redecide } from '../src/roles/audit/replay.ts';

const path = process.argv[2];
if (path === undefined) throw new Error('usage: node bench/ledger.ts <recording.ndjson>');
const lines = [...splitRecording(readFileSync(path))];
const events = decodeLines(lines).map(({ event }) => event);
const ledger = ledgerOf(events[0]?.source ?? '');
const ROUNDS = 9;
const ROUND_MS = 200;

/** Median seconds of one pass over the recording. */
function median(pass: () => void): number {
  pass();
  const started = performance.now();
  pass();
  const passes = Math.max(1, Math.ceil(ROUND_MS / (performance.now() - started)));
  const rounds = Array.from({ length: ROUNDS }, () => {
    const start = performance.now();
    for (let i = 0; i < passes; i += 1) pass();
    return (performance.now() - start) / passes / 1000;
  });
  return rounds.sort((a, b) => a - b)[ROUNDS >> 1] as number;
}

const decodeAll = (each: (event: LedgerEvent) => void): void => {
  for (const line of lines) {
    const event = decodeEvent(line);
    if (event._tag === 'Left') throw new Error(event.left.message);
    each(event.right);
  }
};

const signed = events.filter((event) => event.sig !== undefined);
const spki = Buffer.from('302a300506032b6570032100', 'hex');
const bare = signed.map((event) => ({
  bytes: statementBytes(event as never),
  sig: Buffer.from(event.sig ?? '', 'base64'),
  key: createPublicKey({
    key: Buffer.concat([spki, publicKeyOf(event.actor)]),
    format: 'der',
    type: 'spki',
  }),
}));

const seconds = {
  parse: median(() => {
    for (const line of lines) JSON.parse(Buffer.from(line).toString('utf8'));
  }),
  decode: median(() => decodeAll(() => {})),
  replay: median(() => {
    const books = emptyBooks(ledger);
    decodeAll((event) => foldInto(books, event));
  }),
  tree: median(() => {
    const books = emptyBooks(ledger);
    const range = CompactRange.empty();
    for (const line of lines) range.append(leafHash(line));
    decodeAll((event) => foldInto(books, event));
  }),
  redecide: median(() => {
    redecide(decodeLines(lines));
  }),
  crypto: median(() => {
    for (const { bytes, sig, key } of bare) verify(null, bytes, key, sig);
  }),
  authors: median(() => {
    for (const event of signed) verifyEntrySignature(event as never);
  }),
};

const row = (what: string, secondsOf: number, count: number, baseline: string, ratio: number) =>
  `${what.padEnd(34)} ${Math.round(count / secondsOf)
    .toString()
    .padStart(9)}/s   ${ratio.toFixed(2)} x ${baseline}`;

const { parse, decode, replay, tree, redecide: decided, crypto, authors } = seconds;
process.stdout.write(
  `${[
    `${lines.length} entries of ${path}`,
    row('JSON.parse alone', parse, lines.length, 'itself', 1),
    row('decode and check', decode, lines.length, 'JSON.parse', parse / decode),
    row('replay: decode and fold', replay, lines.length, 'JSON.parse', parse / replay),
    row('replay with the tree', tree, lines.length, 'JSON.parse', parse / tree),
    row('audit: decide everything again', decided, lines.length, 'replay', replay / decided),
    row('node:crypto verify alone', crypto, signed.length, 'itself', 1),
    row('author signatures', authors, signed.length, 'node:crypto', crypto / authors),
  ].join('\n')}\n`,
);

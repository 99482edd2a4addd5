/**
 * Every ledger that ever landed in fixtures/logs/ still replays to its recorded books, byte for
 * byte, and still audits: tree, signatures, transitions, money. Never re-record one to make this pass.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../events/canonical-json.ts';
import type { JsonValue } from '../../events/canonical-json.ts';
import { decodeEvent } from '../../events/decode-event.ts';
import { digestOf } from '../../events/digest.ts';
import { ledgerOf } from '../../events/entry.ts';
import { splitRecording } from '../../events/recording.ts';
import { emptyBooks } from '../../projections/books.ts';
import { foldInto } from '../../projections/fold.ts';
import { LentRecording } from '../../testing/lent-recording.ts';
import { audit } from './audit.ts';

const folder = fileURLToPath(new URL('../../../fixtures/logs/', import.meta.url));
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.ndjson'))
  .map((file) => file.slice(0, -'.ndjson'.length));

const read = (name: string, ending: string): Buffer => readFileSync(`${folder}${name}.${ending}`);

it('there are recorded ledgers', () => {
  expect(names.length).toBeGreaterThan(0);
});

describe.each(names)('the recorded ledger %s', (name) => {
  const ndjson = read(name, 'ndjson');
  const books = read(name, 'books.json').toString('utf8');

  it('replays to its recorded books', () => {
    const events = [...splitRecording(ndjson)].map((line) => {
      const event = decodeEvent(line);
      if (event._tag === 'Left') throw new Error(event.left.message);
      return event.right;
    });
    const replayed = emptyBooks(ledgerOf(events[0]?.source ?? ''));
    for (const event of events) foldInto(replayed, event);
    expect(canonicalJson(replayed as unknown as JsonValue)).toBe(books);
    expect(digestOf(Buffer.from(books))).toBe(read(name, 'books.digest').toString('utf8').trim());
  });

  it('audits against its checkpoint and key', async () => {
    const report = await audit({
      ndjson: new LentRecording(ndjson),
      checkpoint: read(name, 'checkpoint').toString('utf8'),
      verifierKey: read(name, 'key').toString('utf8').trim(),
      books,
      weights: null,
      nowMs: () => 0,
      onCheck: () => {},
      onProgress: () => {},
    });
    expect(report.checks.filter(({ status }) => status === 'failed')).toEqual([]);
    expect(report.ok).toBe(true);
  });
});

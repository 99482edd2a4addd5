import * as fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import { packCommit, payloadBytes, unpackCommit } from './commit-codec.ts';
import { MAX_COMMIT_BYTES, MAX_ENTRIES_PER_COMMIT, MAX_ENTRY_BYTES } from './commit.ts';
import type { Commit } from './commit.ts';
import type { CommitId, EntrySequence } from './ids.ts';

const id = 'c-1' as CommitId;
const first = 10 as EntrySequence;
const root = new Uint8Array(32).fill(1);
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const COMMIT = packCommit(id, first, [utf8('{"a":1}'), utf8('{}')], root);
const codeOf = (commit: Partial<Commit>): string => {
  const lines = unpackCommit({ ...COMMIT, ...commit });
  return E.isLeft(lines) ? lines.left.code : 'accepted';
};

describe('a commit', () => {
  it('is its lines, each ended by a newline, and its root in base64', () => {
    expect(COMMIT).toEqual({
      id,
      first,
      count: 2,
      root: 'AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=',
      payload: utf8('{"a":1}\n{}\n'),
    });
  });

  it('gives back what was packed', () => {
    const line = fc
      .uint8Array({ minLength: 1, maxLength: 40 })
      .map((bytes) => bytes.map((byte) => (byte === 0x0a ? 0x20 : byte)));
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 20 }), (lines) => {
        const commit = packCommit(id, first, lines, root);
        expect(commit.payload.byteLength).toBe(payloadBytes(lines));
        const unpacked = unpackCommit(commit);
        if (E.isLeft(unpacked)) throw new Error(unpacked.left.message);
        expect(unpacked.right.map((bytes) => [...bytes])).toEqual(lines.map((bytes) => [...bytes]));
      }),
    );
  });

  it.each<[string, Partial<Commit>, string]>([
    ['a negative first', { first: -1 as EntrySequence }, 'commit_bad_first'],
    ['a first that is no number', { first: Number.NaN as EntrySequence }, 'commit_bad_first'],
    ['a last past 2^53', { first: Number.MAX_SAFE_INTEGER as EntrySequence }, 'commit_bad_first'],
    ['no entries', { count: 0 }, 'commit_bad_count'],
    ['half an entry', { count: 1.5 }, 'commit_bad_first'],
    ['too many entries', { count: MAX_ENTRIES_PER_COMMIT + 1 }, 'commit_bad_count'],
    ['a short root', { root: 'AQEB' }, 'commit_bad_root'],
    ['a root without padding', { root: COMMIT.root.slice(0, -1) }, 'commit_bad_root'],
    ['an empty payload', { payload: utf8('') }, 'commit_no_final_newline'],
    ['a truncated payload', { payload: utf8('{"a":1}\n{}') }, 'commit_no_final_newline'],
    ['a missing line', { payload: utf8('{"a":1}\n') }, 'commit_count_mismatch'],
    ['a line too many', { payload: utf8('{}\n{}\n{}\n') }, 'commit_count_mismatch'],
    ['an empty line', { payload: utf8('{}\n\n') }, 'commit_empty_line'],
    ['a leading newline', { payload: utf8('\n{}\n') }, 'commit_empty_line'],
    [
      'a large entry',
      { payload: utf8(`${'x'.repeat(MAX_ENTRY_BYTES + 1)}\n{}\n`) },
      'commit_entry_too_large',
    ],
    [
      'a large payload',
      { payload: utf8('{}\n'.repeat(MAX_COMMIT_BYTES / 3 + 1)) },
      'commit_too_large',
    ],
  ])('with %s is refused', (_, change, code) => {
    expect(codeOf(change)).toBe(code);
  });

  it('is taken at its limits', () => {
    const lines = Array<Uint8Array>(MAX_ENTRIES_PER_COMMIT).fill(utf8('{}'));
    expect(unpackCommit(packCommit(id, first, lines, root))).toMatchObject({ _tag: 'Right' });
    const long = utf8('x'.repeat(MAX_ENTRY_BYTES));
    expect(unpackCommit(packCommit(id, first, [long], root))).toMatchObject({ _tag: 'Right' });
    const full = [
      long,
      long,
      long,
      utf8('x'.repeat(MAX_COMMIT_BYTES - 3 * (MAX_ENTRY_BYTES + 1) - 1)),
    ];
    expect(packCommit(id, first, full, root).payload.byteLength).toBe(MAX_COMMIT_BYTES);
    expect(() => packCommit(id, first, [...full, utf8('{}')], root)).toThrow(/commit_too_large/);
  });

  it('is not packed from what could not be unpacked', () => {
    expect(() => packCommit(id, first, [], root)).toThrow(/commit_bad_count/);
    expect(() => packCommit(id, first, [utf8('a\nb')], root)).toThrow(/one line/);
    expect(() => packCommit(id, first, [utf8('')], root)).toThrow(/commit_empty_line/);
    expect(() => packCommit(id, first, [utf8('{}')], root.slice(1))).toThrow(/commit_bad_root/);
  });
});

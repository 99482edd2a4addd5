import { isLeft, isRight } from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import { WINDOWS_KEPT } from '../../projections/archive.ts';
import { emptyBooks } from '../../projections/books.ts';
import { foldWhole } from '../../projections/fold.ts';
import { LEDGER } from '../../testing/desk.ts';
import { longRun } from '../../testing/long-run.ts';
import { signedHead, verifierKey } from '../../testing/signed-story.ts';
import {
  formatArchived,
  parseArchived,
  parseRecordName,
  proveArchived,
  verifyArchived,
} from './archived-record.ts';

const desk = longRun(WINDOWS_KEPT + 9);
const head = signedHead(desk.lines);
const prove = (name: string): string => {
  const wanted = parseRecordName(name);
  const proof = wanted === undefined ? null : proveArchived(desk.lines, wanted, head);
  if (proof === null) throw new Error(`no proof of ${name}`);
  return formatArchived(proof);
};
const codeOf = (text: string, key = verifierKey): string | null => {
  const verified = verifyArchived(key, text);
  return isLeft(verified) ? verified.left.code : null;
};

describe('a record that left the books', () => {
  it('is proved as the books held it last, of every kind that there is', () => {
    const whole = emptyBooks(LEDGER);
    for (const event of desk.events) foldWhole(whole, event);
    const verified = verifyArchived(verifierKey, prove('windows:r/3'));
    if (isLeft(verified)) throw new Error(verified.left.message);
    const { proof, checkpoint } = verified.right;
    expect(JSON.parse(proof.record)).toEqual(whole.windows['r/3']);
    expect(proof).toMatchObject({ kind: 'windows', index: 3, size: 9 });
    expect(checkpoint.size).toBe(desk.lines.length);
    const transfer = Object.keys(whole.rewards.transfers)[0] as string;
    for (const name of ['periods:r/0', `transfers:${transfer}`])
      expect([name, codeOf(prove(name))]).toEqual([name, null]);
  });

  it('is not proved while it is in the books, or where there is none', () => {
    for (const name of [`windows:r/${WINDOWS_KEPT + 8}`, 'windows:other/0', 'transfers:never']) {
      const wanted = parseRecordName(name);
      expect(wanted && proveArchived(desk.lines, wanted, head)).toBeNull();
    }
    for (const name of ['', 'windows', 'windows:', 'books:r/1'])
      expect(parseRecordName(name)).toBeUndefined();
  });
});

describe('a proof of it', () => {
  const proof = prove('windows:r/5');
  const edited = (from: RegExp | string, to: string): string => {
    const text = proof.replace(from, to);
    expect(text).not.toBe(proof);
    return text;
  };

  it('comes back from its text', () => {
    const parsed = parseArchived(proof);
    expect(isRight(parsed) && formatArchived(parsed.right)).toBe(proof);
  });

  it('fails for another place, another number, another record, a lost or foreign hash', () => {
    expect(codeOf(edited('index 5 of 9', 'index 4 of 9'))).toBe('proof_wrong');
    expect(codeOf(edited('index 5 of 9', 'index 5 of 8'))).toBe('proof_wrong');
    expect(codeOf(edited('"window":5', '"window":6'))).toBe('proof_wrong');
    expect(codeOf(edited(/\n[^ \n]{44}\nrecord/, '\nrecord'))).toBe('proof_wrong');
    expect(codeOf(edited(/root (.)/, proof.includes('root A') ? 'root B' : 'root A'))).toBe(
      'proof_wrong',
    );
  });

  it('fails under another key, and where its head was changed', () => {
    const id = /\+([0-9a-f]{8})\+/.exec(verifierKey)?.[1] ?? '';
    expect(codeOf(proof, verifierKey.replace(id, '00000000'))).not.toBeNull();
    const size = `\n${desk.lines.length}\n`;
    expect(codeOf(edited(size, `\n${desk.lines.length + 1}\n`))).not.toBeNull();
  });

  it('is refused where it is no proof at all', () => {
    for (const text of [
      '',
      edited('@v1', '@v2'),
      edited('kind windows', 'kind doors'),
      edited('index 5 of 9', 'index 05 of 9'),
      edited('index 5 of 9', 'index 5 of 99999999999999999'),
      edited('root ', 'roots '),
      edited('record ', 'recording '),
      edited('\n\n', '\n'),
    ])
      expect([text.slice(0, 60), codeOf(text)]).toEqual([text.slice(0, 60), 'proof_malformed']);
  });

  it('breaks with every bit of its way and its record', () => {
    const bytes = Buffer.from(proof);
    const end = proof.indexOf('\n\n');
    for (let bit = 8 * proof.indexOf('index'); bit < 8 * end; bit += 31) {
      bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
      expect([bit, codeOf(bytes.toString('utf8'))]).not.toEqual([bit, null]);
      bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
    }
  });
});

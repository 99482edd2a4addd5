import * as fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import { leafHash } from './merkle.ts';
import { formatInclusionProof, parseInclusionProof, verifyInclusionProof } from './proof-text.ts';
import { inclusionProof, subtreesOf } from './proofs.ts';

// The checkpoint of checkpoint.test.ts; the path below satisfied Go's x/mod/sumdb/tlog too.
const VERIFIER_KEY = 'daybook.local/demo+dfccd9bc+AW56HN0psLeP0Tr0xVmP7/TvKpcWbjym8uT7/M2AUFvx';
const CHECKPOINT =
  'daybook.local/demo\n13\nwMEonwBgX419h4C59CZMc2zPuEzpFwjCsn5kJr/H2Kg=\n\n' +
  '— daybook.local/demo 38zZvD42xSwywZJh6v9RpSq4Qm0k0TP1rz7B514WL/dgIZtTQ+IpILILPJWytQCtiwwO+8zl3h9eZf5XSifqQMn6LAE=\n';
const PROOF = `c2sp.org/tlog-proof@v1
index 6
Rn73BqsCMMU7SGYrU3boFVbdCx4Ss2dBA/9z7i4Fh/Q=
3QN52DrH8WTn7qMM3O+1dQglTEj3Zq/M09l2Nl4yjMw=
l5nzB1F+9RfCIF35tndivzR1ayAJn7ffzOdrzr0nOy4=
ptHeE8xxqg97JCQwB7g6+9U/EkhyVHQq0jihTdMoi3Y=

${CHECKPOINT}`;
const ENTRY = Buffer.from('entry 6');
const entries = Array.from({ length: 13 }, (_, index) => Buffer.from(`entry ${index}`));
const subtree = subtreesOf(entries.map((entry) => leafHash(entry)));

const codeOf = (result: E.Either<{ code: string }, unknown>): string =>
  E.isLeft(result) ? result.left.code : 'accepted';

describe('tlog-proof', () => {
  it('is this text', () => {
    const path = inclusionProof(6, 13, subtree);
    expect(formatInclusionProof({ index: 6, path, checkpoint: CHECKPOINT })).toBe(PROOF);
    const verified = verifyInclusionProof(VERIFIER_KEY, ENTRY, PROOF);
    expect(verified).toMatchObject({ right: { index: 6, checkpoint: { size: 13 } } });
  });

  it('carries extra data', () => {
    const proof = { index: 0, path: [], checkpoint: 'x\n', extra: Buffer.from('why') };
    const text = formatInclusionProof(proof);
    expect(text).toBe('c2sp.org/tlog-proof@v1\nextra d2h5\nindex 0\n\nx\n');
    const parsed = parseInclusionProof(text);
    if (E.isLeft(parsed)) throw new Error(parsed.left.message);
    expect(Buffer.from(parsed.right.extra ?? []).toString()).toBe('why');
  });

  it.each([
    ['another version', PROOF.replace('@v1', '@v2'), 'proof_malformed'],
    ['no index', PROOF.replace('index 6\n', ''), 'proof_malformed'],
    ['a leading zero', PROOF.replace('index 6', 'index 06'), 'proof_malformed'],
    ['a negative index', PROOF.replace('index 6', 'index -6'), 'proof_malformed'],
    ['extra after the index', PROOF.replace('6\n', '6\nextra d2h5\n'), 'proof_malformed'],
    ['extra that is no base64', PROOF.replace('index', 'extra !\nindex'), 'proof_malformed'],
    ['a hash of 31 bytes', PROOF.replace('Rn73', ''), 'proof_malformed'],
    ['no checkpoint', PROOF.slice(0, PROOF.indexOf('\n\n')), 'proof_malformed'],
    [
      'a long path',
      PROOF.replace('6\n', `6\n${`${'A'.repeat(43)}=\n`.repeat(65)}`),
      'proof_malformed',
    ],
    ['another index', PROOF.replace('index 6', 'index 7'), 'proof_wrong'],
    ['an index outside', PROOF.replace('index 6', 'index 13'), 'proof_wrong'],
    ['another size', PROOF.replace('\n13\n', '\n14\n'), 'note_bad_signature'],
  ])('is refused with %s', (_, text, code) => {
    expect(codeOf(verifyInclusionProof(VERIFIER_KEY, ENTRY, text))).toBe(code);
  });

  it('proves one entry', () => {
    for (const [index, entry] of entries.entries()) {
      const code = codeOf(verifyInclusionProof(VERIFIER_KEY, entry, PROOF));
      expect([index, code]).toEqual([index, index === 6 ? 'accepted' : 'proof_wrong']);
    }
  });

  it('answers any mutation with a value', () => {
    const put = fc.constantFrom(
      '\n',
      '\n\n',
      'extra ',
      'index ',
      '9',
      '=',
      'A',
      '\0',
      '\ud800',
      '',
    );
    fc.assert(
      fc.property(fc.nat(PROOF.length), fc.nat(30), put, (at, drop, piece) => {
        const text = PROOF.slice(0, at) + piece + PROOF.slice(at + drop);
        const verified = verifyInclusionProof(VERIFIER_KEY, ENTRY, text);
        if (E.isRight(verified)) expect(verified.right.index).toBe(6);
      }),
      { numRuns: 1000 },
    );
  });
});

import * as fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import {
  formatCheckpoint,
  originOf,
  parseCheckpoint,
  signCheckpoint,
  verifyCheckpoint,
} from './checkpoint.ts';
import type { LedgerId } from './ids.ts';
import { leafHash } from './merkle.ts';
import { generateKey } from './nkey.ts';
import { signNote, verifierKeyOf } from './note.ts';
import { rootAt, subtreesOf } from './proofs.ts';

/** Key, note and root agree byte for byte with those of Go's x/mod/sumdb/note v0.42.0. */
const VERIFIER_KEY = 'daybook.local/demo+dfccd9bc+AW56HN0psLeP0Tr0xVmP7/TvKpcWbjym8uT7/M2AUFvx';
const SIGNED =
  'daybook.local/demo\n13\nwMEonwBgX419h4C59CZMc2zPuEzpFwjCsn5kJr/H2Kg=\n\n' +
  '— daybook.local/demo 38zZvD42xSwywZJh6v9RpSq4Qm0k0TP1rz7B514WL/dgIZtTQ+IpILILPJWytQCtiwwO+8zl3h9eZf5XSifqQMn6LAE=\n';
const key = generateKey(new Uint8Array(32).fill(5));
const origin = originOf('demo' as LedgerId);
const leaves = Array.from({ length: 13 }, (_, index) => leafHash(Buffer.from(`entry ${index}`)));
const root = rootAt(13, subtreesOf(leaves));

const codeOf = (result: E.Either<{ code: string }, unknown>): string =>
  E.isLeft(result) ? result.left.code : 'accepted';

describe('checkpoint', () => {
  it('is this note under this key', () => {
    expect(verifierKeyOf(origin, key.actor)).toBe(VERIFIER_KEY);
    expect(signCheckpoint(key, origin, { origin, size: 13, root })).toBe(SIGNED);
    expect(verifyCheckpoint(VERIFIER_KEY, SIGNED)).toEqual(E.right({ origin, size: 13, root }));
  });

  it('parses the example of the specification, signed by a key we do not have', () => {
    const example =
      'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n' +
      '— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n';
    expect(parseCheckpoint(example)).toMatchObject({
      right: { origin: 'example.com/behind-the-sofa', size: 20852163, extensions: [] },
    });
    expect(codeOf(verifyCheckpoint(VERIFIER_KEY, example))).toBe('note_unsigned');
  });

  it('lets witnesses cosign and authors extend', () => {
    const cosignature = Buffer.alloc(4 + 8 + 64, 9).toString('base64'); // id, time, signature
    const witnessed = `${SIGNED}— witness.example ${cosignature}\n`;
    expect(codeOf(verifyCheckpoint(VERIFIER_KEY, witnessed))).toBe('accepted');
    expect(parseCheckpoint(witnessed)).toMatchObject({
      right: { signatures: [{ name: origin }, { name: 'witness.example', keyId: '09090909' }] },
    });
    const extended = signNote(key, origin, `${formatCheckpoint({ origin, size: 13, root })}more\n`);
    expect(parseCheckpoint(extended)).toMatchObject({ right: { extensions: ['more'] } });
    expect(codeOf(verifyCheckpoint(VERIFIER_KEY, extended))).toBe('accepted');
  });

  it('is for one origin', () => {
    const other = signCheckpoint(key, origin, { origin: 'daybook.local/other', size: 13, root });
    expect(codeOf(verifyCheckpoint(VERIFIER_KEY, other))).toBe('checkpoint_wrong_origin');
    expect(codeOf(verifyCheckpoint(VERIFIER_KEY, other, 'daybook.local/other'))).toBe('accepted');
  });

  const text = formatCheckpoint({ origin, size: 13, root });
  it.each([
    ['a missing root', `${origin}\n13\n`, 'checkpoint_malformed'],
    ['an empty line', text.replace('13\n', '13\n\n'), 'checkpoint_malformed'],
    ['a leading zero', text.replace('13\n', '013\n'), 'checkpoint_bad_size'],
    ['a sign', text.replace('13\n', '+13\n'), 'checkpoint_bad_size'],
    ['a size past 2^53', text.replace('13\n', '9007199254740992\n'), 'checkpoint_bad_size'],
    ['a short root', text.replace('wMEo', ''), 'checkpoint_bad_root'],
    ['base64url', text.replace('r/H2', 'r_H2'), 'checkpoint_bad_root'],
  ])('with %s is refused though well signed', (_, body, code) => {
    expect(codeOf(verifyCheckpoint(VERIFIER_KEY, signNote(key, origin, body)))).toBe(code);
  });

  it('stands or falls with every bit of its text and signature', () => {
    const bytes = Buffer.from(SIGNED, 'utf8');
    for (let bit = 0; bit < bytes.byteLength * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(codeOf(verifyCheckpoint(VERIFIER_KEY, flipped.toString('utf8')))).not.toBe('accepted');
    }
  });

  it('answers any text with a value', () => {
    const piece = fc.constantFrom(
      origin,
      '\n',
      '\n\n',
      '13',
      '0',
      '— ',
      ' ',
      'AAAA',
      '+',
      '=',
      '\0',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        expect(codeOf(verifyCheckpoint(VERIFIER_KEY, pieces.join('')))).not.toBe('accepted');
        parseCheckpoint(pieces.join('') + SIGNED.slice(SIGNED.indexOf('\n\n')));
      }),
      { numRuns: 1000 },
    );
  });
});

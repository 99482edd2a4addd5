import * as fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import { generateKey } from './nkey.ts';
import {
  isKeyName,
  parseNote,
  parseVerifierKey,
  signNote,
  verifierKeyOf,
  verifyNote,
} from './note.ts';

/** The example of Go's x/mod/sumdb/note documentation. */
const NEUMANN_KEY = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const NEUMANN_TEXT =
  'If you think cryptography is the answer to your problem,\n' +
  "then you don't know what your problem is.\n";
const NEUMANN_LINE =
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';
const NEUMANN = `${NEUMANN_TEXT}\n${NEUMANN_LINE}`;

const codeOf = (result: E.Either<{ code: string }, unknown>): string =>
  E.isLeft(result) ? result.left.code : 'accepted';
const key = generateKey(new Uint8Array(32).fill(5));
const mine = verifierKeyOf('me.example', key.actor);

describe('signed note', () => {
  it("opens the example of Go's package", () => {
    const note = verifyNote(NEUMANN_KEY, NEUMANN);
    expect(note).toMatchObject({ right: { text: NEUMANN_TEXT } });
  });

  it('carries a text with blank lines, and several signatures', () => {
    const text = 'first\n\nsecond\n';
    const note = signNote(key, 'me.example', text) + NEUMANN_LINE;
    const opened = verifyNote(mine, note);
    if (E.isLeft(opened)) throw new Error(opened.left.message);
    expect(opened.right.text).toBe(text);
    expect(opened.right.signatures.map((signature) => signature.name)).toEqual([
      'me.example',
      'PeterNeumann',
    ]);
  });

  it('ignores signatures by strangers, even of the same name or the same id', () => {
    const note = signNote(key, 'me.example', 'text\n');
    const ourId = Buffer.from(mine.split('+')[1] ?? '', 'hex');
    const garbage = (id: Uint8Array): string =>
      Buffer.concat([id, Buffer.alloc(70, 1)]).toString('base64');
    expect(codeOf(verifyNote(mine, `${note}— me.example ${garbage(Buffer.alloc(4))}\n`))).toBe(
      'accepted',
    );
    expect(codeOf(verifyNote(mine, `${note}— you.example ${garbage(ourId)}\n`))).toBe('accepted');
    // Same name and same id: that is our key, and it did not sign this.
    expect(codeOf(verifyNote(mine, `${note}— me.example ${garbage(ourId)}\n`))).toBe(
      'note_bad_signature',
    );
  });

  it('is refused without our signature, or with one over another text', () => {
    expect(codeOf(verifyNote(mine, NEUMANN))).toBe('note_unsigned');
    expect(codeOf(verifyNote(NEUMANN_KEY, NEUMANN.replace('answer', 'Answer')))).toBe(
      'note_bad_signature',
    );
  });

  it.each([
    ['no blank line', NEUMANN.replace('\n\n', '\n'), 'note_malformed'],
    ['no signature line', `${NEUMANN_TEXT}\n`, 'note_malformed'],
    ['no final newline', NEUMANN.slice(0, -1), 'note_malformed'],
    ['a carriage return', NEUMANN.replace('\n', '\r\n'), 'note_bad_characters'],
    ['half a surrogate pair', `\ud800${NEUMANN}`, 'note_bad_characters'],
    ['a hyphen for the dash', NEUMANN.replace('—', '-'), 'note_bad_signature_line'],
    ['base64 without padding', NEUMANN.replace('=\n', '\n'), 'note_bad_signature_line'],
    [
      'a signature of nothing',
      `a\n\n— x ${Buffer.alloc(4).toString('base64')}\n`,
      'note_bad_signature_line',
    ],
    ['a plus in a key name', NEUMANN.replace('— P', '— P+'), 'note_bad_signature_line'],
    ['101 signatures', NEUMANN_TEXT + '\n' + NEUMANN_LINE.repeat(101), 'note_too_large'],
    ['a megabyte', 'x'.repeat(1_000_000) + NEUMANN, 'note_too_large'],
  ])('is refused with %s', (_, note, code) => {
    expect(codeOf(verifyNote(NEUMANN_KEY, note))).toBe(code);
  });

  it('takes only well-formed verifier keys', () => {
    expect(codeOf(parseVerifierKey(mine))).toBe('accepted');
    expect(parseVerifierKey(mine)).toMatchObject({ right: { actor: key.actor } });
    for (const bad of [
      '',
      'me.example',
      mine.replace('me', 'we'),
      mine.toUpperCase(),
      mine.slice(0, -4),
      mine.replace('+AW', '+BG'), // a witness key's type byte, 0x04
    ]) {
      expect(codeOf(verifyNote(bad, NEUMANN))).toBe('note_bad_verifier_key');
    }
  });

  it('names keys without white space of any script', () => {
    for (const bad of ['', 'a b', 'a+b', 'a\u00a0b', 'a\u2003b', 'a\u0085b', '\ud800']) {
      expect(isKeyName(bad)).toBe(false);
    }
    expect(isKeyName('daybook.local/größe')).toBe(true);
  });

  it('round-trips texts, and answers any mutation with a value', () => {
    const line = fc.string({ unit: 'grapheme' }).filter((text) => !/\p{Cc}/u.test(text));
    fc.assert(
      fc.property(fc.array(line, { minLength: 1 }), (lines) => {
        const text = `${lines.join('\n')}\n`;
        const note = parseNote(signNote(key, 'me.example', text));
        expect(E.isRight(note) && note.right.text).toBe(text);
      }),
      { numRuns: 50 },
    );
    const put = fc.constantFrom('\n', '\n\n', '— ', ' ', '+', '=', 'A', '\0', '\ud800', '');
    fc.assert(
      fc.property(fc.nat(NEUMANN.length), fc.nat(20), put, (at, drop, text) => {
        const changed = NEUMANN.slice(0, at) + text + NEUMANN.slice(at + drop);
        const verified = E.isRight(verifyNote(NEUMANN_KEY, changed));
        // Whatever still verifies carries the signed text.
        if (verified) expect(changed.startsWith(`${NEUMANN_TEXT}\n`)).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

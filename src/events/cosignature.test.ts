import * as fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import { cosign, cosignaturesOf, parseWitnessKeys, withCosignatures } from './cosignature.ts';
import { generateKey } from './nkey.ts';
import { parseNote, signNote, verifierKeyOf, verifyNote } from './note.ts';
import type { Note } from './note.ts';

/** Key and line as Go's transparency-dev/formats v0.1.1 made them from this seed at this time. */
const GO_KEY = 'witness.example/w1+24b5d9fe+BP0XJDhaoMdbZPt4zWAvodmR/ev3axPFjtcC6sg16fYY';
const GO_SECONDS = 1_795_543_842;
const GO_LINE =
  '— witness.example/w1 JLXZ/gAAAABrBdMiFJIVK0gAqpwfxVNYvCuROPeaMCd0SOXe/GsMuRh+7qTAoiU9c7k0/QgIt2ool04YCNJ/uO+GFF+5Cxoq/2NYBw==\n';
const TEXT =
  'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n';

const keyOf = (byte: number) => generateKey(new Uint8Array(32).fill(byte));
const right = <T>(result: E.Either<{ readonly message: string }, T>): T => {
  if (E.isLeft(result)) throw new Error(result.left.message);
  return result.right;
};
const noteOf = (lines: string): Note => right(parseNote(`${TEXT}\n${lines}`));
const w1 = keyOf(9);
const witnesses = right(parseWitnessKeys([GO_KEY]));

describe('cosignature', () => {
  it('is this line under this key, as another implementation writes them', () => {
    expect(verifierKeyOf('witness.example/w1', w1.actor, 'cosignatureV1')).toBe(GO_KEY);
    expect(cosign(w1, 'witness.example/w1', TEXT, GO_SECONDS)).toBe(GO_LINE);
    const found = right(cosignaturesOf(noteOf(GO_LINE), witnesses));
    expect(found).toEqual([{ witness: witnesses[0], timeSeconds: GO_SECONDS }]);
  });

  it('holds for no other text, time, or key, whichever bit is flipped', () => {
    const bytes = Buffer.from(GO_LINE.slice(GO_LINE.lastIndexOf(' ') + 1, -1), 'base64');
    fc.assert(
      fc.property(fc.nat({ max: bytes.byteLength * 8 - 1 }), (bit) => {
        const altered = Buffer.from(bytes);
        altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const line = `— witness.example/w1 ${altered.toString('base64')}\n`;
        const found = cosignaturesOf(noteOf(line), witnesses);
        // Another key id is the line of a stranger; anything else is a lie about this witness.
        if (bit < 32) expect(found).toEqual(E.right([]));
        else expect(E.isLeft(found)).toBe(true);
      }),
      { numRuns: 200 },
    );
    const other = { ...noteOf(GO_LINE), text: TEXT.replace('20852163', '20852164') };
    expect(E.isLeft(cosignaturesOf(other, witnesses))).toBe(true);
  });

  it('counts a key once, whatever names it signs under and however often', () => {
    const names = ['a.example', 'b.example'];
    const keys = names.map((name) => verifierKeyOf(name, w1.actor, 'cosignatureV1'));
    expect(right(parseWitnessKeys(keys))).toHaveLength(1);
    const lines = names.map((name) => cosign(w1, name, TEXT, 7)).join('');
    const twice = lines + cosign(w1, 'a.example', TEXT, 9);
    const found = right(cosignaturesOf(noteOf(twice), right(parseWitnessKeys(keys))));
    expect(found.map(({ timeSeconds }) => timeSeconds)).toEqual([9]);
  });

  it('is no signature of the note, nor the other way round', () => {
    const plain = verifierKeyOf('witness.example/w1', w1.actor);
    expect(E.isLeft(parseWitnessKeys([plain]))).toBe(true);
    expect(verifyNote(plain, `${TEXT}\n${GO_LINE}`)).toMatchObject({
      left: { code: 'note_unsigned' },
    });
    const note = right(parseNote(signNote(w1, 'witness.example/w1', TEXT)));
    expect(cosignaturesOf(note, witnesses)).toEqual(E.right([]));
  });

  it('is taken over from an answer only where it holds, and once', () => {
    const signed = signNote(keyOf(1), 'example.com/behind-the-sofa', TEXT);
    const stranger = cosign(keyOf(2), 'stranger.example', TEXT, 5);
    const wrong = cosign(w1, 'witness.example/w1', `${TEXT}x\n`, 5);
    const answer = stranger + GO_LINE + wrong;
    const cosigned = right(withCosignatures(signed, answer, witnesses));
    expect(cosigned).toBe(signed + GO_LINE);
    expect(right(withCosignatures(cosigned, GO_LINE, witnesses))).toBe(cosigned);
    expect(E.isLeft(withCosignatures(signed, 'no line\n', witnesses))).toBe(true);
    expect(withCosignatures(signed, '', witnesses)).toEqual(E.right(signed));
  });
});

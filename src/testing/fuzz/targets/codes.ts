/** The small codes that everything else is spelt in; each has one spelling for one value. */
import * as E from 'fp-ts/lib/Either.js';
import { decodeBase32, encodeBase32 } from '../../../events/base32.ts';
import { base64Of, bytesOfBase64 } from '../../../events/base64.ts';
import { CanonicalJsonError, canonicalJson } from '../../../events/canonical-json.ts';
import type { JsonValue } from '../../../events/canonical-json.ts';
import { decodePublicKey, encodePublicKey, keyFromSeed } from '../../../events/nkey.ts';
import type { PublicNkey, SigningKey } from '../../../events/nkey.ts';
import { keyNamed } from '../../desk.ts';
import { storyLines } from '../../signed-story.ts';
import { editJson } from '../json-edits.ts';
import { bytesOfText, declared, feedRoundTrip, looseText, promise } from '../target.ts';
import type { FuzzTarget } from '../target.ts';

/** A code in which no other text than the encoder's is accepted. */
function feedExact<T>(decode: (text: string) => T | undefined, encode: (value: T) => string) {
  return (input: Uint8Array): boolean => {
    const text = looseText(input);
    const value = decode(text);
    if (value === undefined) return false;
    promise(encode(value) === text, 'a second spelling of one value is accepted');
    return true;
  };
}

const valueOf = <T>(decoded: E.Either<unknown, T>): T | undefined =>
  E.isRight(decoded) ? decoded.right : undefined;

const blobs = [0, 1, 2, 3, 4, 5, 32, 33, 64].map((length) =>
  Uint8Array.from({ length }, (_, at) => (at * 37 + length) & 0xff),
);
const keys = ['a', 'b', 'c'].map(keyNamed);

/** A value, or undefined for text that is no JSON at all: not this decoder's business. */
function parsed(input: Uint8Array): JsonValue | undefined {
  try {
    return JSON.parse(looseText(input)) as JsonValue;
  } catch {
    return undefined;
  }
}

export const codeTargets: readonly FuzzTarget[] = [
  {
    name: 'base32',
    samples: blobs.map((blob) => bytesOfText(encodeBase32(blob))),
    edits: [],
    feed: feedExact(
      (text) => decodeBase32(text, Math.floor((text.length * 5) / 8)),
      (bytes) => encodeBase32(bytes),
    ),
  },
  {
    name: 'base64',
    samples: blobs.map((blob) => bytesOfText(base64Of(blob))),
    edits: [],
    feed: feedExact(bytesOfBase64, base64Of),
  },
  {
    name: 'public-key',
    samples: keys.map(({ actor }) => bytesOfText(actor)),
    edits: [],
    feed: feedExact<PublicNkey>(
      (text) => valueOf(decodePublicKey(text)),
      ({ kind, bytes }) => encodePublicKey(kind, bytes),
    ),
  },
  {
    name: 'seed',
    samples: keys.map((key) => bytesOfText(key.seed())),
    edits: [],
    feed: feedExact<SigningKey>(
      (text) => valueOf(keyFromSeed(text)),
      (key) => key.seed(),
    ),
  },
  {
    name: 'canonical-json',
    samples: [...storyLines.slice(0, 40), bytesOfText('[1.5,-0,1e21,"\u20ac",{"b":[],"a":{}}]')],
    edits: [editJson],
    feed: feedRoundTrip<string>({
      decode: (input) => {
        const value = parsed(input);
        if (value === undefined) return undefined;
        const isDeclared = (error: unknown): boolean => error instanceof CanonicalJsonError;
        return declared(() => canonicalJson(value), isDeclared);
      },
      encode: bytesOfText,
    }),
  },
];

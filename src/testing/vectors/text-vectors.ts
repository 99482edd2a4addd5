/** Golden vectors of what is text: canonical JSON, digests, keys, signatures, statements, ids. */
import { isLeft } from 'fp-ts/lib/Either.js';
import { encodeCommand, signCommand } from '../../commands/command.ts';
import { base64Of } from '../../events/base64.ts';
import { canonicalJson, CanonicalJsonError } from '../../events/canonical-json.ts';
import type { JsonObject, JsonValue } from '../../events/canonical-json.ts';
import { tagged } from '../../events/command-tag.ts';
import { digestOf, isDigest } from '../../events/digest.ts';
import type { ActorId, CommandId, LedgerId } from '../../events/ids.ts';
import {
  decodePublicKey,
  encodePublicKey,
  keyFromSeed,
  publicKeyOf,
  verifySignature,
} from '../../events/nkey.ts';
import { signStatement, statementBytes, verifyStatement } from '../../events/statement.ts';
import type { Statement } from '../../events/statement.ts';
import { keyNamed, NONCE } from '../desk.ts';

const utf8 = (text: string): Buffer => Buffer.from(text, 'utf8');

/** IEEE 754 bits in hex: RFC 8785 appendix B, and where the two notations meet. */
const NUMBER_BITS = [
  '0000000000000000',
  '8000000000000000',
  '0000000000000001',
  '8000000000000001',
  '7fefffffffffffff',
  'ffefffffffffffff',
  '4340000000000000',
  'c340000000000000',
  '4430000000000000',
  '44b52d02c7e14af5',
  '44b52d02c7e14af6',
  '44b52d02c7e14af7',
  '444b1ae4d6e2ef4e',
  '444b1ae4d6e2ef4f',
  '444b1ae4d6e2ef50',
  '3eb0c6f7a0b5ed8c',
  '3eb0c6f7a0b5ed8d',
  '41b3de4355555553',
  '41b3de4355555557',
  'becbf647612f3696',
  '43143ff3c1cb0959',
  '3fb999999999999a',
  '3ff0000000000000',
  'c059000000000000',
  '3f50624dd2f1a9fc',
  '3e7ad7f29abcaf48',
];

/** JSON texts that have a canonical form. */
const JSON_TEXTS = [
  'null',
  '[]',
  '{}',
  '[1.0, 1e2, 100, -0, -0.0, 1E-7, 0.1e1, 12345678901234567890]',
  '{"b":1,"a":{"d":[true,false,null],"c":""}}',
  '{"10":1,"9":2,"a":3,"A":4,"":5}',
  '"\\u0000\\u0001\\b\\t\\n\\u000b\\f\\r\\u001f\\u007f\\u0080\\u2028\\u2029"',
  '"\\/\\\\\\"\\u0041\\u00e9\\u20ac\\ud83d\\ude00"',
  '{"\\u20ac":"Euro","\\r":"CR","\\ufb33":"Dalet","1":"One","\\ud83d\\ude00":"Emoji","\\u0080":"Control","\\u00f6":"o"}',
  '{"a":"e\\u0301","b":"\\u00e9"}',
  ' { "a" : [ 1 , 2 ] } ',
];

/** JSON texts that parse and have none. */
const JSON_REFUSED = ['1e999', '[-1e400]', '"\\ud800"', '{"\\udc00":1}', '["\\ude00\\ud83d"]'];

function canonicalCode(text: string): string {
  try {
    canonicalJson(JSON.parse(text) as JsonValue);
  } catch (error) {
    if (error instanceof CanonicalJsonError) return error.code;
    throw error;
  }
  throw new Error(`this has a canonical form: ${text}`);
}

export const canonicalVectors = () => ({
  numbers: NUMBER_BITS.map((bits) => ({
    bits,
    text: canonicalJson(Buffer.from(bits, 'hex').readDoubleBE(0)),
  })),
  accepted: JSON_TEXTS.map((json) => ({
    json,
    canonical: canonicalJson(JSON.parse(json) as JsonValue),
  })),
  refused: JSON_REFUSED.map((json) => ({ json, code: canonicalCode(json) })),
});

export const digestVectors = () => ({
  digests: ['', 'a', 'daybook', 'é€😀', '\0\n'].map((text) => ({
    bytes: base64Of(utf8(text)),
    digest: digestOf(utf8(text)),
  })),
  texts: [
    digestOf(utf8('a')),
    digestOf(utf8('a')).toUpperCase(),
    digestOf(utf8('a')).slice(7),
    `${digestOf(utf8('a'))}0`,
    'sha256:',
    'sha512:00',
  ].map((text) => ({ text, isDigest: isDigest(text) })),
});

const alteredAt = (text: string, at: number): string =>
  `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;

function signatureVectors() {
  const key = keyNamed('worker-1');
  const other = keyNamed('worker-2');
  const message = utf8('what was said');
  const good = key.sign(message);
  const flipped = Uint8Array.from(good, (byte, index) => (index === 40 ? byte ^ 1 : byte));
  const cases: [ActorId, Uint8Array, Uint8Array][] = [
    [key.actor, message, good],
    [key.actor, utf8(''), key.sign(utf8(''))],
    [key.actor, utf8('something else'), good],
    [other.actor, message, good],
    [key.actor, message, flipped],
    [key.actor, message, good.subarray(0, 63)],
    [key.actor, message, Uint8Array.of(...good, 0)],
    // Whoever takes a point of small order for a key takes this for its signature of anything.
    [
      encodePublicKey('user', Buffer.from(`01${'00'.repeat(31)}`, 'hex')) as ActorId,
      message,
      Buffer.from(`01${'00'.repeat(63)}`, 'hex'),
    ],
  ];
  return cases.map(([actor, said, signature]) => ({
    actor,
    message: base64Of(said),
    signature: base64Of(signature),
    verifies: verifySignature(actor, said, signature),
  }));
}

export function keyVectors() {
  const { actor } = keyNamed('worker-1');
  const seed = keyNamed('worker-1').seed();
  const bytes = publicKeyOf(actor);
  const refusedKeys = [
    '',
    actor.toLowerCase(),
    actor.slice(0, -1),
    alteredAt(actor, 20),
    `${actor.slice(0, -1)}1`,
    seed,
    encodePublicKey('user', Buffer.alloc(32)),
    encodePublicKey('user', Buffer.from(`01${'00'.repeat(31)}`, 'hex')),
  ];
  const refusedSeeds = ['', actor, alteredAt(seed, 30), seed.toLowerCase(), seed.slice(0, 57)];
  const codeOf = (result: ReturnType<typeof decodePublicKey | typeof keyFromSeed>): string => {
    if (isLeft(result)) return result.left.code;
    throw new Error('this one is a key');
  };
  return {
    keys: ['worker-1', 'authority', 'operator'].map((name) => ({
      seed: keyNamed(name).seed(),
      actor: keyNamed(name).actor,
      publicKey: Buffer.from(publicKeyOf(keyNamed(name).actor)).toString('hex'),
    })),
    kinds: (['user', 'account', 'operator'] as const).map((kind) => ({
      kind,
      publicKey: Buffer.from(bytes).toString('hex'),
      text: encodePublicKey(kind, bytes),
    })),
    refusedKeys: refusedKeys.map((text) => ({ text, code: codeOf(decodePublicKey(text)) })),
    refusedSeeds: refusedSeeds.map((text) => ({ text, code: codeOf(keyFromSeed(text)) })),
    signatures: signatureVectors(),
  };
}

export function statementVectors() {
  const key = keyNamed('worker-1');
  const base: Statement = {
    actor: key.actor,
    commandid: 'beat-1:0a0a0a0a-0' as CommandId,
    data: { participant: key.actor, session: 1, beat: 7 },
    source: '/ledgers/desk',
    subject: `participant/${key.actor}`,
    type: 'daybook.participant.heartbeated.v1',
  };
  const odd: Statement = {
    ...base,
    data: { z: [1e21, 1e-7, -0, 0.1], a: { 'é"\\': '\u2028\n', '😀': null, '\ufb33': true } },
  };
  const good = signStatement(key, base);
  const claims: [Statement, string][] = [
    [base, good],
    [odd, signStatement(key, odd)],
    [{ ...base, data: { ...base.data, beat: 8 } }, good],
    [{ ...base, commandid: 'beat-2:0a0a0a0a-0' as CommandId }, good],
    [{ ...base, source: '/ledgers/other' }, good],
    [{ ...base, subject: 'participant/x' }, good],
    [{ ...base, type: 'daybook.participant.drained.v1' }, good],
    [{ ...base, actor: keyNamed('worker-2').actor }, good],
    [base, alteredAt(good, 10)],
    [base, good.slice(0, -2)],
  ];
  return {
    statements: claims.map(([statement, sig]) => ({
      statement: statement as unknown as JsonObject,
      bytes: base64Of(statementBytes(statement)),
      sig,
      verifies: verifyStatement(statement, sig),
    })),
    ids: [
      ['join-x-1', 0],
      ['commit-moby-3-1-0-2', 4095],
      ['commit-moby-3-1-0-2', 4096],
      ['n'.repeat(200), 70_000],
      ['policy-1', null],
    ].map(([name, size]) => ({
      name,
      nonce: NONCE,
      ledgerSize: size,
      id: tagged(name as string, NONCE, size as number | null),
    })),
    commands: [commandVector()],
  };
}

function commandVector() {
  const key = keyNamed('worker-1');
  const fact = {
    type: 'daybook.participant.heartbeated.v1' as const,
    data: { participant: key.actor, session: 1, beat: 7 },
  };
  const command = signCommand(key, 'desk' as LedgerId, 'beat-1:0a0a0a0a-0', fact);
  return {
    seed: key.seed(),
    ledger: 'desk',
    type: fact.type,
    subject: `participant/${key.actor}`,
    wire: JSON.parse(Buffer.from(encodeCommand(command)).toString('utf8')) as JsonObject,
  };
}

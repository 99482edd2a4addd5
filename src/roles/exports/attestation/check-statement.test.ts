/** What the ledger says is accepted, however the log grew; anything else is found, and where. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { keyNamed } from '../../../testing/desk.ts';
import { verifierKey as anotherKey } from '../../../testing/signed-story.ts';
import { recorded, recordedLines } from '../recorded.fixture.ts';
import { StatementCheck } from './check-statement.ts';
import type { Envelope } from './dsse.ts';
import { envelopeOf } from './dsse.ts';
import type { Statement } from './provenance.ts';
import { PAYLOAD_TYPE, provenanceOf } from './provenance.ts';
import { readAttestation } from './read-attestation.ts';

const NAME = 'runs/open/recording';
const lines = recordedLines(NAME);
const head = readFileSync(
  new URL(`../../../../fixtures/${NAME}.checkpoint`, import.meta.url),
  'utf8',
);
const [statement] = provenanceOf(recorded(NAME), head) as [Statement];
const text = JSON.stringify(statement);

describe('a statement', () => {
  const ledger = new StatementCheck(lines, null);
  const check = (stated: string, over = lines, key: string | null = null) =>
    new StatementCheck(over, key).check(stated);

  it('of the ledger holds, also when it has grown since', () => {
    expect(check(text)).toMatchObject({ right: { head: { size: lines.length }, statement } });
    const others = recordedLines('logs/mini-encoded');
    expect(check(text, [...lines, ...others])).toMatchObject({ _tag: 'Right' });
  });

  // A leaf of the JSON at a time: there is nothing in it that nobody checks.
  it.each(leavesOf(statement))('in which %s was altered does not', (path, altered) => {
    const result = ledger.check(JSON.stringify(altered));
    expect(result, path).toMatchObject({ _tag: 'Left' });
    // As the statement of another window all of it is wrong.
    if (path.endsWith('Parameters.window')) return;
    if (result._tag === 'Left' && result.left.code === 'statement_wrong')
      expect(result.left.message.startsWith(`${path} is `), result.left.message).toBe(true);
  });

  it('that is written otherwise does not', () => {
    const repeated = text.replace('{"_type"', '{"_type":"x","_type"');
    expect(check(repeated)).toMatchObject({ left: { code: 'statement_wrong' } });
    expect(check(`${text} `)).toMatchObject({ left: { code: 'statement_wrong' } });
  });

  it('of another log, of a longer one, or of something else is told apart', () => {
    const others = recordedLines('logs/mini-encoded');
    const codes = [
      check(text, others),
      check(text, lines.slice(0, -1)),
      check(text, lines, anotherKey),
      check('{"_type":"https://in-toto.io/Statement/v1","predicate":{}}'),
      check(JSON.stringify(withWindow(statement, 99))),
    ].map((result) => (result._tag === 'Left' ? result.left.code : null));
    expect(codes).toEqual([
      'head_wrong',
      'entries_missing',
      'head_wrong',
      'statement_malformed',
      'subject_unknown',
    ]);
  });
});

describe('an envelope', () => {
  const key = keyNamed('operator');
  const other = keyNamed('worker-1');
  const envelope = envelopeOf(key, PAYLOAD_TYPE, Buffer.from(text, 'utf8'));
  const read = (value: unknown, signer = null as typeof key.actor | null) =>
    readAttestation(JSON.stringify(value), signer);
  const bothSigned: Envelope = {
    ...envelope,
    signatures: [
      { keyid: 'of another kind', sig: 'AAAA' },
      ...envelope.signatures,
      ...envelopeOf(other, PAYLOAD_TYPE, Buffer.from(text, 'utf8')).signatures,
    ],
  };

  it('says who signed what', () => {
    expect(read(envelope)).toMatchObject({ right: { text, signers: [key.actor] } });
    expect(read(bothSigned)).toMatchObject({ right: { signers: [key.actor, other.actor] } });
    expect(read(bothSigned, other.actor)).toMatchObject({ right: { signers: [other.actor] } });
    expect(readAttestation(text, null)).toMatchObject({ right: { text, signers: [] } });
  });

  it('may spell base64 for addresses', () => {
    const [{ keyid, sig } = { keyid: '', sig: '' }] = envelope.signatures;
    const spelt = sig.replaceAll('+', '-').replaceAll('/', '_');
    const respelt = { ...envelope, signatures: [{ keyid, sig: spelt }] };
    expect(read(respelt)).toMatchObject({ _tag: 'Right' });
  });

  it('is refused where nobody signed this, or another did', () => {
    const payload = Buffer.from(text.replace('a', 'b')).toString('base64');
    const [signed] = envelope.signatures;
    const refusals = [
      read({ ...envelope, payload }),
      read({ ...envelope, payload }, key.actor),
      read({ ...envelope, signatures: [{ ...signed, keyid: other.actor }] }),
      read(envelope, other.actor),
      read({ ...envelope, signatures: [] }),
      read({ ...envelope, signatures: [{ sig: signed?.sig }] }),
      readAttestation(text, key.actor),
      read({ ...envelope, payloadType: 'text/plain' }),
      read({ ...envelope, payload: '?' }),
      readAttestation('no json', null),
    ].map((result) => (result._tag === 'Left' ? result.left.code : null));
    expect(refusals).toEqual([
      'signature_wrong',
      'signature_wrong',
      'signature_wrong',
      'signature_missing',
      'signature_missing',
      'signature_missing',
      'signature_missing',
      'attestation_malformed',
      'attestation_malformed',
      'attestation_malformed',
    ]);
  });
});

function withWindow(of: Statement, window: number): Statement {
  const altered = structuredClone(of);
  (altered.predicate.buildDefinition.externalParameters as { window: number }).window = window;
  return altered;
}

/** Each leaf by its path, and the statement in which it alone is another. */
function leavesOf(of: Statement): [string, unknown][] {
  const found: [string, unknown][] = [];
  const walk = (path: string, value: unknown, put: (altered: unknown) => unknown): void => {
    if (typeof value !== 'object' || value === null) {
      found.push([
        path,
        put(value === null ? 0 : typeof value === 'number' ? value + 1 : `${String(value)}x`),
      ]);
      return;
    }
    for (const [name, member] of Object.entries(value)) {
      const isList = Array.isArray(value);
      const at = isList ? `${path}[${name}]` : `${path === '' ? '' : `${path}.`}${name}`;
      walk(at, member, (altered) =>
        put(isList ? value.with(Number(name), altered) : { ...value, [name]: altered }),
      );
    }
  };
  walk('', of, (altered) => altered);
  return found;
}

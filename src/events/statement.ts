/**
 * The author's signed statement: what a node asserts, in bytes that only it can vouch for.
 *
 *   daybook.statement.v1\n
 *   {"actor":...,"commandid":...,"data":{...},"source":...,"subject":...,"type":...}
 *
 * The first line (newline included) keeps these signatures apart from those over checkpoints and
 * anything else the key may sign; the rest is the RFC 8785 form of exactly those six attributes of
 * the entry, no newline at its end. `sig` is the Ed25519 signature of these bytes in base64.
 * Invariant: everything signed was known to the author and stands in the entry itself; id, time and
 * sequence are the authority's and are vouched for by its checkpoints.
 */
import assert from 'node:assert';
import { base64Of, bytesOfBase64 } from './base64.ts';
import { canonicalJson } from './canonical-json.ts';
import type { Entry } from './entry.ts';
import { verifySignature } from './nkey.ts';
import type { SigningKey } from './nkey.ts';

export type Statement = Pick<Entry, 'actor' | 'commandid' | 'data' | 'source' | 'subject' | 'type'>;

export const STATEMENT_PREFIX = 'daybook.statement.v1\n';

/** @throws CanonicalJsonError when the data is not JSON. */
export function statementBytes(statement: Statement): Uint8Array {
  return new Uint8Array(statementAround(statement, canonicalJson(statement.data)));
}

/** The same around data that lies ready. @param data in canonical form */
export function statementAround(statement: Omit<Statement, 'data'>, data: string): Uint8Array {
  const { actor, commandid, source, subject, type } = statement;
  return Buffer.from(
    `${STATEMENT_PREFIX}{"actor":${canonicalJson(actor)},"commandid":${canonicalJson(commandid)},` +
      `"data":${data},"source":${canonicalJson(source)},"subject":${canonicalJson(subject)},` +
      `"type":${canonicalJson(type)}}`,
    'utf8',
  );
}

/** The value of `sig`. */
export function signStatement(key: SigningKey, statement: Statement): string {
  assert(key.actor === statement.actor, 'an author signs only its own statements');
  return base64Of(key.sign(statementBytes(statement)));
}

export function verifyStatement(statement: Statement, sig: string): boolean {
  const signature = bytesOfBase64(sig);
  if (signature === undefined) return false;
  return verifySignature(statement.actor, statementBytes(statement), signature);
}

/** Pure, so that many authorities in one process may share what they have found. */
export type VerifyStatement = typeof verifyStatement;

/** From the entry alone. False for an entry without `sig`: nobody but the authority said it. */
export function verifyEntrySignature(entry: Entry): boolean {
  return entry.sig !== undefined && verifyStatement(entry, entry.sig);
}

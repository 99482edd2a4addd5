/**
 * Evidence that an author signed two statements that cannot both be honest, for anybody to check:
 *
 *   daybook.local/equivocation@v1
 *   <statement, RFC 8785 form of {actor, commandid, data, source, subject, type}>
 *   <its signature, base64>
 *   <the other statement>
 *   <its signature>
 *
 * Invariant: evidence that verifies holds two valid signatures by one key over statements that
 * conflict (conflict.ts); whoever signed only one of them cannot be accused.
 */
import assert from 'node:assert';
import * as E from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import { canonicalJson } from './canonical-json.ts';
import type { JsonObject } from './canonical-json.ts';
import { MAX_ENTRY_BYTES } from './commit.ts';
import { MAX_ENTRY_DEPTH } from './entry.ts';
import { checkJsonValue, scanJson } from './json-scan.ts';
import { isActorId } from './nkey.ts';
import { STATEMENT_PREFIX, statementBytes, verifyStatement } from './statement.ts';
import type { Statement } from './statement.ts';
import { conflictOf, declared } from './conflict.ts';
import type { ConflictCode } from './conflict.ts';

export const EQUIVOCATION_HEADER = 'daybook.local/equivocation@v1';

export interface SignedStatement {
  readonly statement: Statement;
  /** Base64. */
  readonly sig: string;
}

export interface Equivocation {
  readonly conflict: ConflictCode;
  readonly statements: readonly [Statement, Statement];
}

export interface EquivocationError {
  readonly code: 'evidence_malformed' | 'evidence_bad_signature' | 'evidence_no_conflict';
  readonly message: string;
}

/** The same text whichever of the two comes first. */
export function formatEquivocation(a: SignedStatement, b: SignedStatement): string {
  assert(conflictOf(a.statement, b.statement) !== null, 'only what conflicts is evidence');
  const parts = [a, b].map(({ statement, sig }) => `${formOf(statement)}\n${sig}\n`);
  return `${EQUIVOCATION_HEADER}\n${parts.toSorted().join('')}`;
}

export function verifyEquivocation(text: string): Either<EquivocationError, Equivocation> {
  if (text.length > 2 * (MAX_ENTRY_BYTES + 200)) return bad('evidence_malformed', 'too long');
  const [header, first = '', firstSig = '', second = '', secondSig = '', ...rest] =
    text.split('\n');
  if (header !== EQUIVOCATION_HEADER || rest.length !== 1 || rest[0] !== '')
    return bad('evidence_malformed', `not ${EQUIVOCATION_HEADER}: two statements, each signed`);
  const a = parseStatement(first);
  const b = parseStatement(second);
  if (a === null || b === null)
    return bad('evidence_malformed', 'a statement is not a declared fact in canonical form');
  for (const [statement, sig] of [[a, firstSig] as const, [b, secondSig] as const])
    if (!verifyStatement(statement, sig))
      return bad(
        'evidence_bad_signature',
        `${statement.actor} did not sign ${statement.commandid}`,
      );
  const conflict = conflictOf(a, b);
  if (conflict === null) return bad('evidence_no_conflict', 'both statements can be honest');
  return E.right({ conflict, statements: [a, b] });
}

/** What is signed, without the line that keeps it apart from other signatures. */
const formOf = (statement: Statement): string =>
  Buffer.from(statementBytes(statement)).toString('utf8').slice(STATEMENT_PREFIX.length);

const MEMBERS = 'actor,commandid,data,source,subject,type';

/** Null for anything but the canonical form of a declared fact. */
function parseStatement(line: string): Statement | null {
  const bytes = Buffer.from(line, 'utf8');
  if (bytes.byteLength > MAX_ENTRY_BYTES || scanJson(bytes).depth > MAX_ENTRY_DEPTH) return null;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  if (Object.keys(value).toSorted().join() !== MEMBERS) return null;
  if (checkJsonValue(value).problem !== null || canonicalJson(value as JsonObject) !== line)
    return null;
  const { data, ...texts } = value as Record<string, unknown>;
  if (!Object.values(texts).every((text) => typeof text === 'string')) return null;
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return null;
  const statement = value as unknown as Statement;
  return isActorId(statement.actor) && declared(statement) ? statement : null;
}

const bad = (code: EquivocationError['code'], message: string): Either<EquivocationError, never> =>
  E.left({ code, message });

/** What evidence that anybody brings shows, by itself and in the ledger that it is brought to. */
import assert from 'node:assert';
import { isLeft } from 'fp-ts/lib/Either.js';
import type { DataOfType } from '../events/catalogue.ts';
import { nonceTag, tagOf } from '../events/command-tag.ts';
import { conflictKeys } from '../events/conflict.ts';
import { sha256 } from '../events/digest.ts';
import { sourceOf } from '../events/entry.ts';
import { verifyEquivocation } from '../events/equivocation.ts';
import { verifyFork } from '../events/fork-evidence.ts';
import type { ActorId, LedgerId } from '../events/ids.ts';
import { verifierKeyOf } from '../events/note.ts';
import type { Statement } from '../events/statement.ts';
import type { Books } from '../projections/books.ts';

type Submitted = DataOfType<'daybook.evidence.submitted.v1'>;

/** Whom it convicts: a participant, the operator or the authority; null: it does not hold here. */
export function accusedOf(books: Books, { kind, text }: Submitted): ActorId | null {
  const { authority, operator, origin } = books.ledger;
  if (kind === 'fork') {
    if (authority === null || origin === null) return null;
    return isLeft(verifyFork(verifierKeyOf(origin, authority), text, origin)) ? null : authority;
  }
  const shown = verifyEquivocation(text);
  if (isLeft(shown)) return null;
  const { statements } = shown.right;
  if (!statements.every((statement) => isSaidHere(books, statement))) return null;
  const { actor } = statements[0];
  const known = books.members[actor] !== undefined || actor === authority || actor === operator;
  return known ? (actor as ActorId) : null;
}

/** Of another ledger of the same name a party may well have said something else: the nonce tells. */
function isSaidHere({ ledger }: Books, { source, commandid }: Statement): boolean {
  if (source !== sourceOf(ledger.ledger as LedgerId)) return false;
  return ledger.nonce !== undefined && tagOf(commandid)?.nonce === nonceTag(ledger.nonce);
}

const NAME_DIGITS = 32;

/**
 * Of the offence that it shows: named by what both statements are about, so that one contradiction
 * is one offence, whichever two of its statements are brought.
 */
export function offenceShown(accused: ActorId, { kind, text }: Submitted): string {
  if (kind === 'fork') return `forked-ledger/${accused}`;
  const shown = verifyEquivocation(text);
  assert(!isLeft(shown), 'evidence that holds');
  const [one, other] = shown.right.statements.map((statement) => conflictKeys(statement));
  const shared = one?.find((key) => other?.includes(key));
  assert(shared !== undefined, 'statements that conflict share a key');
  const name = Buffer.from(sha256(Buffer.from(shared))).toString('hex');
  return `equivocation/${name.slice(0, NAME_DIGITS)}`;
}

/** The run that both statements are about, where it is in the books. */
export function runOf(books: Books, statements: readonly Statement[]): string | null {
  const named = statements.map(({ subject }) => {
    const [kind, run = ''] = subject.split('/');
    return kind === 'assignment' || kind === 'run' ? run : null;
  });
  const [run] = named;
  if (run === undefined || run === null || !named.every((other) => other === run)) return null;
  return books.runs[run] === undefined ? null : run;
}

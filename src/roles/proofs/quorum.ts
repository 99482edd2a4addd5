/**
 * Whether enough of the witnesses one trusts have cosigned a head. Whoever asks for a quorum cannot be
 * shown a log that its signer shows to nobody else, unless that many witnesses help to deceive.
 */
import * as E from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import { cosignaturesOf } from '../../events/cosignature.ts';
import { parseNote } from '../../events/note.ts';
import type { VerifierKey } from '../../events/note.ts';

export interface Quorum {
  readonly keys: readonly VerifierKey[];
  /** How many of them must have cosigned. */
  readonly count: number;
}

/** Who cosigned and when, for people; left: why that is not enough. */
export function checkQuorum(note: string, { keys, count }: Quorum): Either<string, string> {
  const parsed = parseNote(note);
  const found = E.isLeft(parsed) ? parsed : cosignaturesOf(parsed.right, keys);
  if (E.isLeft(found)) return E.left(found.left.message);
  const names = found.right.map(
    ({ witness, timeSeconds }) =>
      `${witness.name} at ${new Date(timeSeconds * 1000).toISOString()}`,
  );
  if (names.length < count)
    return E.left(`${names.length} of ${count} witnesses cosigned: ${names.join(', ') || 'none'}`);
  return E.right(names.join(', '));
}

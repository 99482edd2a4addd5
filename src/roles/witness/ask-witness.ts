/**
 * Asks witnesses to cosign a head, with the consistency proof each needs: what it has seen is
 * guessed first and learnt from its answer. Invariant: the note comes back with cosignatures only by
 * keys that were named, each verified here; a witness can withhold, not forge.
 */
import * as E from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import { cosignaturesOf, withCosignatures } from '../../events/cosignature.ts';
import type { Hash } from '../../events/merkle.ts';
import { parseNote } from '../../events/note.ts';
import type { NoteError, VerifierKey } from '../../events/note.ts';
import { boundedFetch } from '../bounded-fetch.ts';
import type { BoundedFetch } from '../bounded-fetch.ts';
import { formatAddCheckpoint } from './add-checkpoint.ts';

/** What to have cosigned. */
export interface HeadToWitness {
  /** Signed checkpoint. */
  readonly note: string;
  readonly size: number;
  readonly proofFrom: (oldSize: number) => readonly Hash[] | Promise<readonly Hash[]>;
}

export interface Witnesses {
  /** Submission prefixes. */
  readonly urls: readonly string[];
  readonly keys: readonly VerifierKey[];
  /** How many of the keys must have cosigned. */
  readonly quorum: number;
  /** How they are asked, where not plainly. */
  readonly fetch?: BoundedFetch;
}

/** Sizes that witnesses were last known to have seen, by URL. */
export type SeenSizes = Map<string, number>;

export interface WitnessError {
  readonly code: 'witness_quorum_missing';
  readonly message: string;
}

/** Guess, learn, and once more where another client was faster. */
const TRIES = 3;
const MAX_ANSWER_BYTES = 100_000;

/** The note with the cosignatures it got; left when they are fewer than the quorum. */
export async function gatherCosignatures(
  { urls, keys, quorum, fetch = boundedFetch }: Witnesses,
  head: HeadToWitness,
  seen: SeenSizes = new Map(),
): Promise<Either<WitnessError, string>> {
  const answers = await Promise.all(urls.map((url) => askWitness(url, head, seen, fetch)));
  let { note } = head;
  const problems: string[] = [];
  for (const [index, answer] of answers.entries()) {
    const cosigned: Either<string | NoteError, string> = E.isLeft(answer)
      ? answer
      : withCosignatures(note, answer.right, keys);
    if (E.isLeft(cosigned)) problems.push(messageOf(cosigned.left));
    else if (cosigned.right === note)
      problems.push(`${urls[index]}: no cosignature by a key named`);
    else note = cosigned.right;
  }
  const parsed = parseNote(note);
  const found = E.isLeft(parsed) ? parsed : cosignaturesOf(parsed.right, keys);
  const count = E.isLeft(found) ? 0 : found.right.length;
  if (count >= quorum) return E.right(note);
  const message = `${count} of ${quorum} witnesses cosigned. ${problems.join('; ')}`;
  return E.left({ code: 'witness_quorum_missing', message });
}

/** The signature lines of one witness's answer, unverified. Left: why there are none. */
async function askWitness(
  url: string,
  { note, size, proofFrom }: HeadToWitness,
  seen: SeenSizes,
  fetch: BoundedFetch,
): Promise<Either<string, string>> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const oldSize = Math.min(seen.get(url) ?? 0, size);
    const body = formatAddCheckpoint({
      oldSize,
      path: await proofFrom(oldSize),
      checkpoint: note,
    });
    const answer = await fetch(`${url.replace(/\/$/, '')}/add-checkpoint`, MAX_ANSWER_BYTES, {
      method: 'POST',
      body,
    });
    if (E.isLeft(answer)) return answer;
    const { status, contentType, bytes } = answer.right;
    const text = Buffer.from(bytes).toString('utf8');
    if (status === 200) {
      seen.set(url, size);
      return E.right(text);
    }
    const known = /^(0|[1-9]\d{0,15})\n$/.exec(text)?.[1];
    if (status !== 409 || contentType !== 'text/x.tlog.size' || known === undefined)
      return E.left(`${url} refused with ${status}: ${text.trim().slice(0, 200)}`);
    seen.set(url, Number(known));
    if (Number(known) > size)
      return E.left(`${url} has seen ${known} entries, this head has only ${size}`);
  }
  return E.left(`${url}: what it has seen keeps changing`);
}

const messageOf = (error: string | { readonly message: string }): string =>
  typeof error === 'string' ? error : error.message;

/**
 * Line -> event of the catalogue. The strict decoder is what holds: the envelope is checked by
 * entry.ts, then the data by the codec of its type, and the subject must be the one that the
 * declaration gives. Older versions are lifted here when there are any. In front of it stands the
 * fast road of read-event.ts, which takes what our own writer wrote; whatever it does not take comes
 * to the strict decoder, so every refusal and every uncommon spelling is judged in one place.
 */
import { isLeft, left, right } from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import { CanonicalText } from './canonical-text.ts';
import type { LedgerEvent } from './catalogue.ts';
import { catalogue } from './catalogue.ts';
import { firstProblem } from './codecs.ts';
import { MAX_ENTRY_BYTES } from './commit.ts';
import type { EntryErrorCode } from './entry.ts';
import { decodeEntry } from './entry.ts';
import { readEvent } from './read-event.ts';

export interface EventError {
  readonly code: EntryErrorCode | 'unknown_type' | 'bad_data' | 'wrong_subject';
  readonly message: string;
}

const loaded = new CanonicalText();

/** @param line without its newline */
export function decodeEvent(line: Uint8Array): Either<EventError, LedgerEvent> {
  const event = readLine(line);
  return event === undefined ? decodeEventStrictly(line) : right(event);
}

/** The fast road alone; undefined: ask the strict decoder. @param line without its newline */
export function readLine(line: Uint8Array): LedgerEvent | undefined {
  if (line.byteLength > MAX_ENTRY_BYTES) return undefined;
  loaded.load(line);
  const event = readEvent(loaded);
  // Past a line break inside the line there would be more.
  return loaded.at === loaded.end ? event : undefined;
}

/** The reference: slower, and the one that says why not. */
export function decodeEventStrictly(line: Uint8Array): Either<EventError, LedgerEvent> {
  const entry = decodeEntry(line);
  if (isLeft(entry)) return entry;
  const declaration = catalogue.get(entry.right.type);
  if (declaration === undefined)
    return left({ code: 'unknown_type', message: `unknown type ${entry.right.type}` });
  const data = declaration.data.decode(entry.right.data);
  if (isLeft(data))
    return left({
      code: 'bad_data',
      message: `${declaration.type}: data.${firstProblem(data.left)}`,
    });
  const subject = declaration.subject(data.right);
  if (entry.right.subject !== subject)
    return left({
      code: 'wrong_subject',
      message: `${declaration.type}: subject is not ${subject}`,
    });
  return right(entry.right as unknown as LedgerEvent);
}

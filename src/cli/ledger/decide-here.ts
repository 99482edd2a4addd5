/** What a ledger would say to a command, decided here on its books as they are; nothing is sent. */
import type { Either } from 'fp-ts/lib/Either.js';
import { map } from 'fp-ts/lib/Either.js';
import { systemClock } from '../../adapters/system-clock.ts';
import type { FactOf, FactType } from '../../events/catalogue.ts';
import { catalogue } from '../../events/catalogue.ts';
import { tagged, tagOf } from '../../events/command-tag.ts';
import type { SigningKey } from '../../events/nkey.ts';
import { signCommand } from '../../commands/command.ts';
import { permit } from '../../commands/decide.ts';
import type { Refusal } from '../../commands/refusal.ts';
import type { Books } from '../../projections/books.ts';
import { Rebuild } from '../../roles/rebuild.ts';
import type { LedgerOptions } from './ledger-options.ts';
import { ledgerName } from './ledger-options.ts';
import type { SourceOptions } from './source.ts';
import { openSource } from './source.ts';

/** The books of a live ledger, folded from its log. */
export async function booksHere({
  log,
  ledger,
  quiet = false,
}: LedgerOptions & Pick<SourceOptions, 'quiet'>): Promise<Books> {
  const source = await openSource({ log, ledger, quiet });
  const rebuilt = new Rebuild();
  try {
    for await (const { lines } of source.chunks()) for (const line of lines) rebuilt.add(line);
  } finally {
    await source.close();
  }
  return rebuilt.books;
}

export interface WouldBeRecorded {
  /** Not before this entry. */
  readonly sequence: number;
  readonly id: string;
}

/** @param name of the command, without the tag of its ledger */
export function decideHere<T extends FactType>(
  books: Books,
  name: string,
  key: SigningKey,
  { ledger }: Pick<LedgerOptions, 'ledger'>,
  fact: FactOf<T>,
): Either<Refusal, WouldBeRecorded> {
  const { nonce, size: sequence, clockMs } = books.ledger;
  const seen = catalogue.get(fact.type)?.author === 'operator' ? null : sequence;
  const id = nonce === undefined || tagOf(name) !== null ? name : tagged(name, nonce, seen);
  const command = signCommand(key, ledgerName(ledger), id, fact);
  const permitted = permit(books, command, Math.max(systemClock.nowMs(), clockMs));
  return map(() => ({ sequence, id }))(permitted);
}

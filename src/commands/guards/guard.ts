/** A guard says why a command may not be; null lets it pass. Universal checks come before it. */
import type { FactOf, FactType } from '../../events/catalogue.ts';
import type { Books } from '../../projections/books.ts';
import type { Command } from '../command.ts';
import type { Refusal } from '../refusal.ts';

export type CommandOf<T extends FactType> = Omit<Command, 'fact'> & { readonly fact: FactOf<T> };
/** `nowMs`: when the command would be recorded; never behind the ledger's clock. */
export type Guard<T extends FactType> = (
  books: Books,
  command: CommandOf<T>,
  nowMs: number,
) => Refusal | null;

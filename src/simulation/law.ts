/**
 * Laws: what must hold in every world, whatever happens and whoever lies. A law looks at each entry
 * with the books before the next one, and at the end; it believes neither the rules nor the reducers
 * where it can count for itself. The first breach ends the simulation.
 */
import type { LedgerEvent } from '../events/catalogue.ts';
import type { Books } from '../projections/books.ts';
import type { Truth } from './truth.ts';

export class Breach extends Error {
  override readonly name = 'Breach';
  readonly law: string;

  constructor(law: string, message: string) {
    super(`${law}: ${message}`);
    this.law = law;
  }
}

/** What a law may look at. */
export interface Sight {
  /** An independent fold with the entry just seen in it. */
  readonly books: Books;
  readonly truth: Truth;
  readonly isHonest: (actor: string) => boolean;
}

export interface Law {
  /** After each entry, in order. */
  readonly see?: (event: LedgerEvent, sight: Sight) => void;
  /** Once, when the simulation ends; `completed`: the run came to its end. */
  readonly end?: (sight: Sight, completed: boolean) => void;
}

/** A law with its own memory: made anew for each simulation. */
export interface LawOf {
  readonly name: string;
  readonly doc: string;
  /** @param breached throws */
  readonly make: (breached: (message: string) => never) => Law;
}

/**
 * One declaration a fact: its type, who may assert it, the command that asserts it, its subject,
 * its data codec and its documentation. Codecs, the command table, the generated docs and schemas
 * all come from here. A published type + version never changes meaning; new meaning is a new version.
 */
import type { SchemaCodec } from '../codecs.ts';

/**
 * Who vouches for a fact. `authority` facts are derived: they follow from the books by rule and are
 * covered by the signed checkpoints; every other fact carries its author's signature. `anyone`: any
 * key, known here or not.
 */
export type Author = 'authority' | 'operator' | 'worker' | 'validator' | 'node' | 'anyone';

export interface FactDeclaration<T extends string = string, D = unknown> {
  /** `daybook.<family>.<fact>.v<N>`, past tense. */
  readonly type: T;
  readonly author: Author;
  /** Imperative name of the command that asserts this fact; null for derived facts. */
  readonly command: string | null;
  /** One sentence for people. */
  readonly doc: string;
  /** What the fact is about, as a path. */
  readonly subject: (data: D) => string;
  readonly data: SchemaCodec<D>;
  /** The tree root after this entry seeds later draws, so replay keeps it. */
  readonly marksRoot: boolean;
  /** An older version: read and lifted for ever, written no more. */
  readonly retired: boolean;
}

interface Options<T extends string, D> {
  readonly type: T;
  readonly author: Author;
  readonly command?: string;
  readonly doc: string;
  readonly subject: (data: D) => string;
  readonly data: SchemaCodec<D>;
  readonly marksRoot?: true;
  readonly retired?: true;
}

export function declareFact<const T extends string, D>(
  options: Options<T, D>,
): FactDeclaration<T, D> {
  return {
    ...options,
    command: options.command ?? null,
    marksRoot: options.marksRoot ?? false,
    retired: options.retired ?? false,
  };
}

export type DataOf<F> = F extends FactDeclaration<string, infer D> ? D : never;

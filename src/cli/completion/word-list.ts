/** What can follow where on the command line, for the shells' own scripts. */
import type { Flag, Verb } from '../reference/command-tree.ts';

export interface Place {
  /** `/run/start`; the root is empty. */
  readonly at: string;
  readonly verbs: readonly { readonly name: string; readonly description: string }[];
  readonly flags: readonly Flag[];
  /** Words that the verb's first argument can be. */
  readonly words: readonly string[];
}

const HELP: Flag = {
  flags: '-h, --help',
  names: ['-h', '--help'],
  description: 'display help for command',
  takesValue: false,
  isRequired: false,
  choices: [],
  default: null,
};

export const placeOf = ({ path, verbs, options, arguments: [first] }: Verb): Place => ({
  at: path.map((word) => `/${word}`).join(''),
  verbs: verbs.map((one) => ({ name: one.path.at(-1) as string, description: one.description })),
  flags: [...options, HELP],
  words: first?.choices ?? [],
});

/** In single quotes of a POSIX shell. */
export const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

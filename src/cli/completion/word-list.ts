/** What can follow where on the command line, for the shells' own scripts. */
import type { Flag, Verb } from '../reference/command-tree.ts';

export interface Place {
  /** `/run/start`; the root is empty. */
  readonly at: string;
  readonly verbs: readonly { readonly name: string; readonly description: string }[];
  readonly flags: readonly Flag[];
  /** Words that the verb's first argument can be. */
  readonly words: readonly string[];
  /** That argument is the name of a context, and so is the value of this flag anywhere. */
  readonly namesContext: boolean;
}

export const CONTEXT_FLAG = '--context';

const HELP: Flag = {
  flags: '-h, --help',
  names: ['-h', '--help'],
  description: 'display help for command',
  takesValue: false,
  isRequired: false,
  choices: [],
  variable: null,
  default: null,
};

export const placeOf = ({ path, verbs, options, arguments: [first] }: Verb): Place => ({
  at: path.map((word) => `/${word}`).join(''),
  verbs: verbs.map((one) => ({ name: one.path.at(-1) as string, description: one.description })),
  flags: [...options, HELP],
  words: first?.choices ?? [],
  namesContext: first?.isContext ?? false,
});

/** For bash and zsh: the names of contexts, off their files (src/cli/context/store.ts). */
export const POSIX_CONTEXTS = `__daybook_contexts() {
  local file
  for file in "\${XDG_CONFIG_HOME:-$HOME/.config}"/daybook/context/*.json; do
    [[ -e $file ]] || continue
    file=\${file##*/}
    printf '%s\\n' "\${file%.json}"
  done
}`;

/** In single quotes of a POSIX shell. */
export const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

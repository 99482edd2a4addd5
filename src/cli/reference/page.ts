/** docs/CLI.md: every verb with its arguments and flags, and what exit codes say. */
import { EXIT, EXIT_MEANINGS } from '../terminal/exit.ts';
import type { Flag, Verb } from './command-tree.ts';
import { everyVerb } from './command-tree.ts';

/** Markdown, not yet formatted. */
export function referencePage(root: Verb): string {
  const verbs = everyVerb(root).filter(({ path }) => path.length > 0);
  const codes = Object.entries(EXIT).map(
    ([name, code]) => `| ${code} | ${EXIT_MEANINGS[name as keyof typeof EXIT]} |`,
  );
  return [
    '# Command line',
    'Data goes to stdout, all else to stderr; progress only where that is a terminal. `NO_COLOR` turns colours off. `daybook completion bash|zsh|fish` prints a script that completes all of this. Codes of refusals and faults are in [ERRORS.md](ERRORS.md).',
    'Where a flag names a variable, its value comes from the command line, else from that variable, else from the context: the one of `--context <name>`, of `DAYBOOK_CONTEXT`, or the one in use ([`context use`](#daybook-context-use)). `--help` says what it is at present and from where, and so does what a verb says when it fails.',
    'Verbs with `-o` print a table for people and, for programs, `json` (one value), `jsonl` (a line a row) and `csv` (RFC 4180, the columns of the table); `--json` is short for `-o json`. What each prints is declared, and `daybook schema output/<verb>` prints the JSON Schema of it; with `/line` behind, that of a line of `jsonl`.',
    '## Exit codes',
    `| code | what it says |\n| --- | --- |\n${codes.join('\n')}`,
    '## Verbs',
    ...[...Map.groupBy(root.verbs, ({ group }) => group)].map(([group, of]) =>
      [`**${group.replace(/:$/, '')}**\n`, ...of.map(linkTo)].join('\n'),
    ),
    ...verbs.flatMap(sectionOf),
  ]
    .join('\n\n')
    .concat('\n');
}

const linkTo = ({ path, description }: Verb): string =>
  `- [\`${path.join(' ')}\`](#${anchorOf(path)}) - ${prose(description)}`;

function sectionOf(verb: Verb): string[] {
  const { path, description, verbs, options } = verb;
  const mark = '#'.repeat(Math.min(path.length + 2, 5));
  const rows = [
    ...verb.arguments.map(({ form, description: doc, choices }) => row(form, doc, { choices })),
    ...options.map((flag) => row(flag.flags, flag.description, flag)),
  ];
  const below = verbs.map(({ path: of }) => `[\`${of.at(-1)}\`](#${anchorOf(of)})`);
  return [
    `${mark} daybook ${path.join(' ')}`,
    `${sentence(description)}${below.length === 0 ? '' : ` Verbs: ${below.join(', ')}.`}`,
    ...(verbs.length > 0 && rows.length === 0 ? [] : [`\`\`\`text\n${usageOf(verb)}\n\`\`\``]),
    ...(rows.length === 0
      ? []
      : [`| argument or flag | what it is |\n| --- | --- |\n${rows.join('\n')}`]),
    ...(verb.output === null
      ? []
      : [
          `Prints: ${prose(verb.output.doc)} Columns: ${verb.output.columns.join(', ')}. ` +
            `Schema: \`daybook schema output/${path.join('-')}\`.`,
        ]),
  ];
}

function usageOf({ path, arguments: positionals, options }: Verb): string {
  const required = options.filter((flag) => flag.isRequired);
  const parts = [
    ...path,
    ...positionals.map(({ form }) => form),
    ...required.map(({ flags }) => flags.split(', ').at(-1) ?? flags),
    ...(required.length < options.length ? ['[options]'] : []),
  ];
  return `daybook ${parts.join(' ')}`;
}

function row(
  form: string,
  description: string,
  more: Pick<Flag, 'choices'> & Partial<Pick<Flag, 'default' | 'isRequired' | 'variable'>>,
): string {
  const notes = [
    ...(more.isRequired === true ? ['required'] : []),
    ...((more.variable ?? null) === null ? [] : [`or \`${more.variable}\`, or the context`]),
    ...(more.choices.length === 0 ? [] : [more.choices.map((one) => `\`${one}\``).join(', ')]),
    ...((more.default ?? null) === null ? [] : [`default \`${more.default}\``]),
  ];
  const text =
    notes.length === 0 ? prose(description) : `${prose(description)} (${notes.join('; ')})`;
  return `| \`${cell(form)}\` | ${cell(text)} |`;
}

/** As renderers name the heading `daybook run start`. */
const anchorOf = (path: readonly string[]): string => ['daybook', ...path].join('-');
// A bar ends a cell even within code.
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
/** What stands in angle brackets would be taken for HTML. */
const prose = (text: string): string =>
  text.replaceAll(/(`[^`]*`)|<([^<>`]+)>/g, (_, code, word) => code ?? `\`<${word}>\``);
const sentence = (text: string): string =>
  `${prose(text).replace(/^[a-z]/, (c) => c.toUpperCase())}.`;

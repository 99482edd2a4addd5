/** The command line as data, walked off the commander tree: what the reference and completion say. */
import type { Argument, Command, Option } from 'commander';

export interface Verb {
  /** Words after `daybook`; none at the root. */
  readonly path: readonly string[];
  readonly description: string;
  readonly arguments: readonly Positional[];
  readonly options: readonly Flag[];
  readonly verbs: readonly Verb[];
}

export interface Positional {
  /** As usage has it: `<path>`, `[name]`, `<keys...>`. */
  readonly form: string;
  readonly description: string;
  readonly choices: readonly string[];
}

export interface Flag {
  /** `-o, --output <file>` */
  readonly flags: string;
  /** `-o`, `--output` */
  readonly names: readonly string[];
  readonly description: string;
  readonly takesValue: boolean;
  readonly isRequired: boolean;
  readonly choices: readonly string[];
  /** As it is printed; null: none. */
  readonly default: string | null;
}

export const treeOf = (command: Command, path: readonly string[] = []): Verb => ({
  path,
  description: command.description(),
  arguments: command.registeredArguments.map(positionalOf),
  options: command.options.filter(({ hidden }) => !hidden).map(flagOf),
  verbs: command.commands.map((one) => treeOf(one, [...path, one.name()])),
});

/** The verb and all below it, in the order of registration. */
export const everyVerb = (verb: Verb): Verb[] => [verb, ...verb.verbs.flatMap(everyVerb)];

function positionalOf(argument: Argument): Positional {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return {
    form: argument.required ? `<${name}>` : `[${name}]`,
    description: argument.description,
    choices: argument.argChoices ?? [],
  };
}

function flagOf(option: Option): Flag {
  const { flags, short, long, description, required, optional, mandatory } = option;
  const value: unknown = option.defaultValue;
  return {
    flags,
    names: [short, long].filter((name) => name !== undefined),
    description,
    takesValue: required || optional,
    isRequired: mandatory,
    choices: option.argChoices ?? [],
    default: value === undefined || value === false ? null : printed(value),
  };
}

const printed = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value);

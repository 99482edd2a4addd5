/** The command line as data, walked off the commander tree: what the reference and completion say. */
import type { Argument, Command, Option } from 'commander';
import { isContext } from '../context/completes.ts';
import { outputOf } from '../terminal/declared-output.ts';
import { SettingOption } from '../context/setting-option.ts';
import { SETTINGS } from '../context/settings.ts';

export interface Verb {
  /** Words after `daybook`; none at the root. */
  readonly path: readonly string[];
  readonly description: string;
  /** Under which it stands in help: `Begin:`; empty: under none. */
  readonly group: string;
  readonly arguments: readonly Positional[];
  readonly options: readonly Flag[];
  /** What it prints for programs; null: nothing is declared. */
  readonly output: { readonly doc: string; readonly columns: readonly string[] } | null;
  readonly verbs: readonly Verb[];
}

export interface Positional {
  /** As usage has it: `<path>`, `[name]`, `<keys...>`. */
  readonly form: string;
  readonly description: string;
  readonly choices: readonly string[];
  /** Names a context. */
  readonly isContext: boolean;
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
  /** Of the environment, which is asked where the flag is not given, and then the context; null: none. */
  readonly variable: string | null;
  /** As it is printed; null: none. */
  readonly default: string | null;
}

export const treeOf = (command: Command, path: readonly string[] = []): Verb => ({
  path,
  description: command.description(),
  group: command.helpGroup(),
  arguments: command.registeredArguments.map(positionalOf),
  options: command.options.filter(({ hidden }) => !hidden).map(flagOf),
  output: outputIn(command),
  verbs: command.commands.map((one) => treeOf(one, [...path, one.name()])),
});

function outputIn(command: Command): Verb['output'] {
  const output = outputOf(command);
  if (output === undefined) return null;
  return { doc: output.doc, columns: output.columns.map(({ name }) => name) };
}

/** The verb and all below it, in the order of registration. */
export const everyVerb = (verb: Verb): Verb[] => [verb, ...verb.verbs.flatMap(everyVerb)];

function positionalOf(argument: Argument): Positional {
  const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
  return {
    form: argument.required ? `<${name}>` : `[${name}]`,
    description: argument.description,
    choices: argument.argChoices ?? [],
    isContext: isContext(argument),
  };
}

function flagOf(option: Option): Flag {
  const { flags, short, long, description, required, optional, mandatory } = option;
  const setting = option instanceof SettingOption ? option : null;
  const value: unknown = option.defaultValue;
  return {
    flags,
    names: [short, long].filter((name) => name !== undefined),
    description,
    takesValue: required || optional,
    isRequired: mandatory || setting?.terms.isNeeded === true,
    variable: setting === null ? null : SETTINGS[setting.setting].variable,
    choices: option.argChoices ?? [],
    default: value === undefined || value === false ? null : printed(value),
  };
}

const printed = (value: unknown): string =>
  typeof value === 'string' ? value : JSON.stringify(value);

/** Fills in, before a verb runs, what its command line left to the environment and the context. */
import type { Command, Option } from 'commander';
import { redacted } from '../../roles/telemetry/redaction.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { SettingOption } from './setting-option.ts';
import type { Setting } from './settings.ts';
import { CONTEXT_VARIABLE, NO_CONTEXT, SETTINGS } from './settings.ts';
import type { Context } from './store.ts';
import { currentContext, readContext } from './store.ts';

interface Chosen {
  readonly name: string;
  readonly context: Context;
}

interface Found {
  readonly value: string;
  /** For people. */
  readonly from: string;
}

const filled = new Map<string, Found>();

/** What of this command line came from elsewhere, a sentence; null: nothing. */
export function whereFrom(): string | null {
  if (filled.size === 0) return null;
  const parts = [...Map.groupBy(filled, ([, { from }]) => from)].map(
    ([from, found]) =>
      `${found.map(([flag, { value }]) => `${flag} ${redacted(value)}`).join(', ')}: from ${from}`,
  );
  return parts.join('; ');
}

/** @throws Exit usage: unknown_context, bad_context, setting_missing */
export function fillSettings(command: Command): void {
  filled.clear();
  const options = settingsOf(command);
  if (options.length === 0) return;
  const chosen = chosenContext(command);
  for (const option of options) {
    const found = wanted(option, command) ? foundFor(option, command, chosen) : null;
    if (found === null) continue;
    const value = option.variadic ? [found.value] : found.value;
    command.setOptionValueWithSource(option.attributeName(), value, 'config');
    filled.set(option.long ?? option.flags, found);
  }
  for (const option of options)
    if (
      option.terms.isNeeded === true &&
      command.getOptionValue(option.attributeName()) === undefined
    )
      throw missing(option, chosen);
}

const settingsOf = (command: Command): SettingOption[] =>
  command.options.filter((option) => option instanceof SettingOption);

/** The verb and those it stands below. */
const lineage = (command: Command): Command[] =>
  command.parent === null ? [command] : [command, ...lineage(command.parent)];

/** As help ends the line of an option; empty where nothing is set, whatever is wrong with it. */
export function nowText(command: Command, option: Option): string {
  if (!(option instanceof SettingOption)) return '';
  try {
    const found = foundFor(option, command, chosenContext(command));
    const now = found === null ? '' : `; now ${redacted(found.value)}, from ${found.from}`;
    return ` (env: ${SETTINGS[option.setting].variable}${now})`;
  } catch {
    return ` (env: ${SETTINGS[option.setting].variable})`;
  }
}

/** Said behind the verb, or before it. */
function chosenContext(command: Command): Chosen | null {
  const said = lineage(command)
    .map((owner): unknown => owner.getOptionValue('context'))
    .find((name) => typeof name === 'string');
  const fromEnvironment = process.env[CONTEXT_VARIABLE];
  const name =
    typeof said === 'string'
      ? said
      : fromEnvironment !== undefined && fromEnvironment !== ''
        ? fromEnvironment
        : currentContext();
  return name === null || name === NO_CONTEXT ? null : { name, context: readContext(name) };
}

/** Whether it is open here: not said, and nothing was said that stands in for it. */
function wanted(option: SettingOption, command: Command): boolean {
  const { unless = [], onlyWith } = option.terms;
  const isSaid = (name: string): boolean => command.getOptionValueSource(name) === 'cli';
  if (isSaid(option.attributeName())) return false;
  if (onlyWith !== undefined && !isSaid(onlyWith)) return false;
  return !unless.some((name) => isSaid(name) || argumentOf(command, name) !== undefined);
}

function argumentOf(command: Command, name: string): string | undefined {
  const at = command.registeredArguments.findIndex((argument) => argument.name() === name);
  return at < 0 ? undefined : command.args[at];
}

function foundFor(
  { setting }: SettingOption,
  command: Command,
  chosen: Chosen | null,
): Found | null {
  const { variable } = SETTINGS[setting];
  const set = process.env[variable];
  if (set !== undefined && set !== '') return { value: set, from: variable };
  if (chosen === null || !isOfContext(setting, command)) return null;
  const value = chosen.context[setting];
  return value === undefined ? null : { value, from: `context ${chosen.name}` };
}

/** The name of a ledger belongs to its address: that of the context is not looked for elsewhere. */
const isOfContext = (setting: Setting, command: Command): boolean =>
  setting !== 'ledger' ||
  (command.getOptionValueSource('log') !== 'cli' && !isSet(SETTINGS.log.variable));

const isSet = (variable: string): boolean => (process.env[variable] ?? '') !== '';

function missing({ flags, setting, description }: SettingOption, chosen: Chosen | null): Exit {
  const where =
    chosen === null ? 'no context is in use' : `context ${chosen.name} has no ${setting}`;
  return new Exit(
    EXIT.usage,
    `${flags} is missing (${description}): ${SETTINGS[setting].variable} is not set, and ${where}`,
    'setting_missing',
  );
}

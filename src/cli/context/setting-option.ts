/** Options whose value may also come from the environment or the context. */
import type { Command } from 'commander';
import { Option } from 'commander';
import type { Setting } from './settings.ts';

export interface SettingTerms {
  /** The verb cannot do without; nothing stands in for it. */
  readonly isNeeded?: boolean;
  /** Options and arguments, in camel case, beside which this one is left out unless said. */
  readonly unless?: readonly string[];
  /** An option without which this one is left out unless said. */
  readonly onlyWith?: string;
}

const NEEDED: SettingTerms = { isNeeded: true };

export class SettingOption extends Option {
  readonly setting: Setting;
  readonly terms: SettingTerms;

  constructor(setting: Setting, flags: string, description: string, terms: SettingTerms = {}) {
    super(flags, description);
    this.setting = setting;
    this.terms = terms;
  }
}

/** Adds it, and the flag that names the context. */
export function withSetting(command: Command, option: SettingOption): Command {
  command.addOption(option);
  return command.options.some(({ long }) => long === '--context')
    ? command
    : command.option('--context <name>', 'take what is not said from this context; none: from no');
}

const LEDGER = 'name of the ledger';
const LEDGER_DEFAULT = 'main';

/** `--log` and `--ledger`, of verbs that work on a live ledger. */
export const withLedgerSettings = (command: Command, log: string): Command =>
  withLedgerName(withSetting(command, new SettingOption('log', '--log <url>', log, NEEDED)));

/** The same where the verb can do without; @param unless what else it can read */
export const withLedgerIfAny = (
  command: Command,
  log: string,
  unless: readonly string[] = [],
): Command =>
  withLedgerName(withSetting(command, new SettingOption('log', '--log <url>', log, { unless })), {
    unless,
  });

export function withLedgerName(command: Command, terms: SettingTerms = {}): Command {
  const option = new SettingOption('ledger', '--ledger <name>', LEDGER, terms);
  return withSetting(command, option.default(LEDGER_DEFAULT) as SettingOption);
}

/** `--key`, of verbs that sign. @param whose for the help */
export const withKey = (command: Command, whose: string): Command =>
  withSetting(command, new SettingOption('key', '--key <file>', whose, NEEDED));

/** `--key`, of verbs that believe one. */
export const withVerifier = (
  command: Command,
  description: string,
  terms: SettingTerms = {},
): Command =>
  withSetting(command, new SettingOption('verifier', '--key <verifier>', description, terms));

/** `--remember`, of verbs that keep a head. */
export const withHead = (command: Command, description: string): Command =>
  withSetting(command, new SettingOption('head', '--remember <file>', description));

/** What is looked at, of the doctor and of what it packs for others. */
import type { Command } from 'commander';
import { SettingOption, withLedgerIfAny, withSetting } from '../context/setting-option.ts';

export const withExamined = (command: Command): Command =>
  withSetting(
    withLedgerIfAny(command, 'look at a ledger, too: file:<folder> or nats://host:4222'),
    new SettingOption('key', '--key <path...>', 'seed files, or folders of them, to look at'),
  ).option('--monitor <url>', 'monitoring address of the NATS server: http://host:8222');

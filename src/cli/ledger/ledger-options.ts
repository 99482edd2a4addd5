/** The options by which every verb finds its ledger, and the key it acts with. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import type { OpenLedger } from '../../adapters/open.ts';
import { openLedger } from '../../adapters/open.ts';
import { ledgerId } from '../../events/codecs.ts';
import type { LedgerId } from '../../events/ids.ts';
import type { SigningKey } from '../../events/nkey.ts';
import { generateKey, keyFromSeed } from '../../events/nkey.ts';
import { redacted } from '../../roles/telemetry/redaction.ts';
import { withLedgerSettings } from '../context/setting-option.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { fileBytes, writeNamed, writing } from '../terminal/named-files.ts';

export interface LedgerOptions {
  readonly log: string;
  readonly ledger: string;
}

export const withLedger = (command: Command): Command =>
  withLedgerSettings(command, 'where the ledger is: file:./run.daybook or nats://host:4222');

export function ledgerName(name: string): LedgerId {
  if (!ledgerId.is(name))
    throw new Exit(EXIT.usage, `"${name}" is no ledger name: lower-case letters, digits, dashes`);
  return name;
}

/** A server that does not answer is waited for before it is a fault; whoever looks on is told. */
const TOLD_AFTER_MS = 2000;

/** @throws Fault as the adapter does, where there is none; Exit usage for a name that is none */
export async function openAt(
  { log, ledger }: LedgerOptions,
  parts: { readonly create: boolean },
): Promise<OpenLedger> {
  const name = ledgerName(ledger);
  const tell = (): void => {
    if (process.stderr.isTTY) process.stderr.write(`waiting for ${redacted(log)} ...\n`);
  };
  const timer = setTimeout(tell, TOLD_AFTER_MS);
  try {
    return await openLedger(log, name, parts);
  } finally {
    clearTimeout(timer);
  }
}

/** The key in a seed file (one line, `SU...`). */
export function readKey(path: string): SigningKey {
  const key = keyFromSeed(fileBytes(path, `the key ${path}`).toString('utf8').trim());
  if (key._tag === 'Left') throw new Exit(EXIT.usage, `${path} is no key: ${key.left.message}`);
  return key.right;
}

/** A new key, in a file that only its owner reads. Never overwrites one. @throws Exit file_unwritable */
export function writeNewKey(path: string): SigningKey {
  const key = generateKey(randomBytes(32));
  writing(path, () => mkdirSync(dirname(path), { recursive: true }));
  writeNamed(path, `${key.seed()}\n`, { mode: 0o600, flag: 'wx' });
  return key;
}

/** The two keys of whoever takes part: made where they are missing, refused where others can use them. */
import { existsSync } from 'node:fs';
import type { SigningKey } from '../../events/nkey.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { modeProblem } from '../ledger/key-file-mode.ts';
import { readKey, writeNewKey } from '../ledger/ledger-options.ts';

export interface HeldKey {
  readonly key: SigningKey;
  readonly file: string;
  readonly isNew: boolean;
}

/** @throws Exit failed, when others than its owner can use the file; file_unwritable */
export function heldKey(file: string): HeldKey {
  if (existsSync(file)) {
    const problem = modeProblem(file);
    if (problem !== null) throw new Exit(EXIT.failed, `key_file_open: ${problem}`);
    return { key: readKey(file), file, isNew: false };
  }
  return { key: writeNewKey(file), file, isNew: true };
}

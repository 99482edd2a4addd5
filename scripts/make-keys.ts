/**
 * Makes the keys of a deployment: `node scripts/make-keys.ts <folder> <name>...` leaves
 * `<name>.seed` (secret) and `<name>.pub` in the folder. Keys that are there stay as they are.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readKey, writeNewKey } from '../src/cli/ledger/ledger-options.ts';

const [folder, ...names] = process.argv.slice(2);
if (folder === undefined || names.length === 0) {
  process.stderr.write('usage: node scripts/make-keys.ts <folder> <name>...\n');
  process.exit(2);
}
for (const name of names) {
  const seed = join(folder, `${name}.seed`);
  const key = existsSync(seed) ? readKey(seed) : writeNewKey(seed);
  writeFileSync(join(folder, `${name}.pub`), `${key.actor}\n`);
  process.stdout.write(`${name} ${key.actor}\n`);
}

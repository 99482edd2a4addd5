/**
 * Writes fixtures/events/<type>.json: one entry of every type, as it stands in the ledger of the
 * whole story. Samples that exist are left as they are, because a published version never changes;
 * `--rewrite` replaces them all and is for formats that nobody holds yet.
 */
import assert from 'node:assert';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { catalogue } from '../src/events/catalogue.ts';
import { wholeStory } from '../src/testing/story.ts';

const folder = new URL('../fixtures/events/', import.meta.url);
const rewrite = process.argv.includes('--rewrite');
const { desk } = wholeStory();

mkdirSync(folder, { recursive: true });
let written = 0;
for (const [type, { retired }] of catalogue) {
  const file = new URL(`${type}.json`, folder);
  if (retired || (existsSync(file) && !rewrite)) continue;
  const index = desk.events.findIndex((event) => event.type === type);
  const line = desk.lines[index];
  assert(line !== undefined, `the whole story has no ${type}: extend src/testing/story.ts`);
  writeFileSync(file, `${Buffer.from(line).toString('utf8')}\n`);
  written += 1;
}
process.stderr.write(`${written} samples written, ${catalogue.size} types\n`);

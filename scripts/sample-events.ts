/**
 * Writes fixtures/events/<type>.json: one entry of every type, as it stands in the ledger of
 * one of the stories. Samples that exist are left as they are, because a published version never changes;
 * `--rewrite` replaces them all and is for formats that nobody holds yet.
 */
import assert from 'node:assert';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { catalogue } from '../src/events/catalogue.ts';
import { stories } from '../src/testing/stories.ts';

const folder = new URL('../fixtures/events/', import.meta.url);
const rewrite = process.argv.includes('--rewrite');
const desks = Object.values(stories).map((play) => play());

mkdirSync(folder, { recursive: true });
let written = 0;
for (const [type, { retired }] of catalogue) {
  const file = new URL(`${type}.json`, folder);
  if (retired || (existsSync(file) && !rewrite)) continue;
  const [line] = desks.flatMap(({ events, lines }) => {
    const index = events.findIndex((event) => event.type === type);
    return index === -1 ? [] : [lines[index]];
  });
  assert(line !== undefined, `no story has a ${type}: extend one of src/testing/stories.ts`);
  writeFileSync(file, `${Buffer.from(line).toString('utf8')}\n`);
  written += 1;
}
process.stderr.write(`${written} samples written, ${catalogue.size} types\n`);

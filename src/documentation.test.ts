/** The generated pages under docs/ are what the catalogues say today: after a change, `npm run docs`. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { generatedDocs } from '../scripts/generate-docs.ts';

const pages = await generatedDocs();

it.each(Object.keys(pages))('docs/%s is up to date', (name) => {
  const committed = readFileSync(new URL(`../docs/${name}`, import.meta.url), 'utf8');
  expect(committed).toBe(pages[name]);
});

/**
 * The generated pages under docs/ are what the catalogues say today (after a change, `npm run docs`),
 * and what the hand-written ones point at is there.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { generatedDocs } from '../scripts/generate-docs.ts';

const pages = await generatedDocs();

it.each(Object.keys(pages))('docs/%s is up to date', (name) => {
  const committed = readFileSync(new URL(`../docs/${name}`, import.meta.url), 'utf8');
  expect(committed).toBe(pages[name]);
});

const root = new URL('../', import.meta.url);
const written = globSync(['*.md', 'docs/**/*.md'], { cwd: root });

it.each(written)('%s links to and names files that exist', (name) => {
  const page = new URL(name, root);
  const text = readFileSync(page, 'utf8');
  const links = [...text.matchAll(/\]\((?!\w+:|#)([^)#]+)/g)].map(
    (match) => new URL(match[1] ?? '', page),
  );
  // `src/...`, `ops/...` in code, up to a placeholder.
  const paths = [
    ...text.matchAll(
      /`((?:src|scripts|docs|fixtures|streams|extras|bench|ops|examples|scenarios)\/[\w./-]*)[^`]*`/g,
    ),
  ].map((match) => new URL(match[1] ?? '', root));
  expect(
    [...links, ...paths].filter((url) => !existsSync(url)).map(({ pathname }) => pathname),
  ).toEqual([]);
});

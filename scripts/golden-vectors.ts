/** Writes fixtures/vectors/<name>.json: what a reader or writer in another language must agree with. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { VECTORS, vectorText } from '../src/testing/vectors/vectors.ts';

const folder = new URL('../fixtures/vectors/', import.meta.url);
mkdirSync(folder, { recursive: true });
for (const [name, make] of Object.entries(VECTORS))
  writeFileSync(new URL(`${name}.json`, folder), await vectorText(make));

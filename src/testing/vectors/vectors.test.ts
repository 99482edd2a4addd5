import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { VECTORS, vectorText } from './vectors.ts';

const folder = new URL('../../../fixtures/vectors/', import.meta.url);

describe('golden vectors', () => {
  it('are one file each', () => {
    const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
    expect(files.toSorted()).toEqual(
      Object.keys(VECTORS)
        .map((name) => `${name}.json`)
        .toSorted(),
    );
  });

  it.each(Object.entries(VECTORS))('of %s are what this code says', async (name, make) => {
    // If this fails on purpose: node scripts/golden-vectors.ts
    expect(await vectorText(make)).toBe(readFileSync(new URL(`${name}.json`, folder), 'utf8'));
  });

  it('hold what must be refused beside what must be accepted', () => {
    const { notes } = JSON.parse(readFileSync(new URL('checkpoints.json', folder), 'utf8')) as {
      notes: { code?: string }[];
    };
    const refusals = new Set(notes.map(({ code }) => code));
    expect(refusals).toContain(undefined);
    expect(refusals.size).toBeGreaterThan(6);
  });
});

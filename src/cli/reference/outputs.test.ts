/** Who prints for programs says what: no verb has `-o <format>` without a declaration, and none forgets. */
import { describe, expect, it } from 'vitest';
import { program } from '../program.ts';
import { everyVerb, treeOf } from './command-tree.ts';
import { outputSchemas } from './output-schemas.ts';

/** Verbs that print a document, write files, or stay: there is no table of it. */
const WITHOUT = new Set([
  // They stay, and tell how it goes.
  'demo',
  'up',
  'authority',
  'worker',
  'validator',
  'explorer',
  'witness',
  'relay',
  // They write a document in a format of its own, to standard output or a file.
  'prove',
  'payout prove',
  'settlement sign',
  'evidence',
  'permissions',
  'policy draft',
  'completion',
  'schema',
  'adapter',
  'doctor bundle',
  'export recording',
  'export parquet',
  'export csv',
  'export hledger',
  'export claims',
  'export in-toto',
  'export model-card',
  'export visualization',
  // Several steps, each told.
  'run start',
  'run adapt',
  // They answer with the file or the name that they changed.
  'context add',
  'context edit',
  'context use',
  'context rm',
]);

const leaves = everyVerb(treeOf(program)).filter(
  ({ path, verbs, options }) => path.length > 0 && (verbs.length === 0 || options.length > 0),
);

describe('what verbs print', () => {
  it('is declared by every verb but those that have no table', () => {
    const silent = leaves.filter(({ output }) => output === null).map(({ path }) => path.join(' '));
    expect(silent.toSorted()).toEqual([...WITHOUT].toSorted());
  });

  it('is what -o is for: no other flag is called so where a format is chosen', () => {
    for (const { path, options, output } of leaves) {
      const format = options.find(({ flags }) => flags === '-o, --output <format>');
      expect(format === undefined, path.join(' ')).toBe(output === null);
      if (format !== undefined) expect(format.choices).toEqual(['table', 'json', 'jsonl', 'csv']);
    }
  });

  it('has a schema of the value and of a line, and columns with names of their own', () => {
    const schemas = outputSchemas(program);
    for (const { path, output } of leaves) {
      if (output === null) continue;
      expect(schemas.has(`output/${path.join('-')}`)).toBe(true);
      expect(schemas.has(`output/${path.join('-')}/line`)).toBe(true);
      expect(output.columns.length).toBeGreaterThan(0);
      expect(new Set(output.columns).size).toBe(output.columns.length);
    }
  });
});

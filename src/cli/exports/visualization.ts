/** `daybook export visualization`: bundles and run index for viewers of remote training. */
import { join } from 'node:path';
import type { Command } from 'commander';
import { visualizationOf } from '../../roles/exports/visualization/bundles.ts';
import { formats } from '../../roles/exports/visualization/formats.ts';
import { withSource } from '../ledger/source.ts';
import type { HistoryOptions } from './read-history.ts';
import { readHistory } from './read-history.ts';
import { writeInto } from './write-out.ts';

interface BundleOptions extends HistoryOptions {
  readonly output: string;
  readonly schemas?: boolean;
}

const text = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

export function registerVisualization(exports: Command): void {
  withSource(
    exports.command('visualization').description('write bundles and index for a run viewer'),
  )
    .requiredOption('-o, --output <folder>', 'where to: two bundles a run, two indexes')
    .option('--schemas', 'write the JSON Schema of each format, too')
    .option('-q, --quiet', 'no progress')
    .action(async (options: BundleOptions) => {
      const files = visualizationOf(await readHistory(options));
      for (const [name, file] of Object.entries(files)) writeInto(options.output, name, text(file));
      if (options.schemas !== true) return;
      for (const [name, { schema }] of Object.entries(formats))
        writeInto(join(options.output, 'schemas'), `${name}.schema.json`, text(schemaOf(schema)));
    });
}

const schemaOf = (schema: object) => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  ...schema,
});

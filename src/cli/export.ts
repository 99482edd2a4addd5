/** `daybook export`: the ledger as a recording that anybody can audit. */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { exportRecording } from '../roles/export.ts';
import { copyArtifacts } from './copy-artifacts.ts';
import { EXIT, Exit } from './exit.ts';
import type { LedgerOptions } from './ledger-options.ts';
import { openAt, withLedger } from './ledger-options.ts';
import { baseOf, writeRecording } from './recording-files.ts';

interface ExportOptions extends LedgerOptions {
  readonly artifacts?: string;
  readonly force?: boolean;
}

export function registerExport(program: Command): void {
  withLedger(program.command('export').description('write a ledger as a recording to audit'))
    .argument('<path>', 'where to: <path>.ndjson, .checkpoint, .books.json, .key')
    .option('--artifacts <folder>', 'copy the artifacts that an audit needs, too')
    .option('--force', 'overwrite a recording that is there')
    .action(async (path: string, options: ExportOptions) => {
      const base = baseOf(path);
      if (existsSync(`${base}.ndjson`) && options.force !== true)
        throw new Exit(EXIT.usage, `${base}.ndjson is there; use --force to overwrite it`);
      const parts = await openAt(options, { create: false });
      try {
        const recording = await exportRecording(parts);
        writeRecording(base, recording);
        const bytes = recording.ndjson.byteLength;
        process.stdout.write(`${base}.ndjson: ${recording.size} entries, ${bytes} bytes\n`);
        if (options.artifacts === undefined) return;
        const copied = await copyArtifacts(parts.artifacts, options.artifacts);
        process.stdout.write(
          `${options.artifacts}: ${copied.count} artifacts, ${copied.bytes} bytes\n`,
        );
      } finally {
        await parts.close();
      }
    });
}

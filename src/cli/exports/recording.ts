/** `daybook export recording`: the ledger as a recording that anybody can audit. */
import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { isLeft } from 'fp-ts/lib/Either.js';
import { consistencyProof } from '../../events/proofs.ts';
import type { Recording } from '../../roles/export.ts';
import { exportRecording } from '../../roles/export.ts';
import { signedTree } from '../../roles/proofs/signed-tree.ts';
import { gatherCosignatures } from '../../roles/witness/ask-witness.ts';
import type { Witnesses } from '../../roles/witness/ask-witness.ts';
import { copyArtifacts } from '../ledger/copy-artifacts.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { grouped } from '../../roles/figures.ts';
import { progress } from '../terminal/output.ts';
import type { LedgerOptions } from '../ledger/ledger-options.ts';
import { openAt, withLedger } from '../ledger/ledger-options.ts';
import { baseOf, writeRecording } from '../ledger/recording-files.ts';
import type { WitnessOptions } from '../proving/witness-options.ts';
import { witnessesOf, withWitnesses } from '../proving/witness-options.ts';

interface ExportOptions extends LedgerOptions, WitnessOptions {
  readonly artifacts?: string;
  readonly force?: boolean;
  readonly quiet?: boolean;
}

export function registerRecording(exports: Command): void {
  const verb = exports
    .command('recording', { isDefault: true })
    .description('write all entries with the signed head, to audit; `export <path>` for short');
  withWitnesses(withLedger(verb))
    .argument('<path>', 'where to: <path>.ndjson, .checkpoint, .books.json, .key')
    .option('--artifacts <folder>', 'copy the artifacts that an audit needs, too')
    .option('--force', 'overwrite a recording that is there')
    .option('-q, --quiet', 'no progress')
    .action(async (path: string, options: ExportOptions) => {
      const base = baseOf(path);
      if (existsSync(`${base}.ndjson`) && options.force !== true)
        throw new Exit(EXIT.usage, `${base}.ndjson is there; use --force to overwrite it`);
      const witnesses = witnessesOf(options);
      const parts = await openAt(options, { create: false });
      const bar = progress(options.quiet);
      try {
        const exported = await exportRecording(parts, bar.show);
        bar.clear();
        const recording = witnesses === null ? exported : await cosigned(exported, witnesses);
        writeRecording(base, recording);
        const bytes = recording.ndjson.byteLength;
        process.stdout.write(
          `${base}.ndjson: ${grouped(recording.size)} entries, ${grouped(bytes)} bytes\n`,
        );
        if (options.artifacts === undefined) return;
        const copied = await copyArtifacts(parts.artifacts, options.artifacts, bar.show);
        bar.clear();
        process.stdout.write(
          `${options.artifacts}: ${grouped(copied.count)} artifacts, ${grouped(copied.bytes)} bytes\n`,
        );
      } finally {
        bar.clear();
        await parts.close();
      }
    });
}

/** The same recording under its head with the witnesses' cosignatures. */
async function cosigned(recording: Recording, witnesses: Witnesses): Promise<Recording> {
  const tree = signedTree(recording.ndjson, recording.checkpoint);
  if (isLeft(tree)) throw new Exit(EXIT.mismatch, `this log does not hold: ${tree.left.message}`);
  const { size, subtree, checkpoint: note } = tree.right;
  const proofFrom = (oldSize: number) => consistencyProof(oldSize, size, subtree);
  const checkpoint = await gatherCosignatures(witnesses, { note, size, proofFrom });
  if (isLeft(checkpoint)) throw new Exit(EXIT.failed, checkpoint.left.message);
  return { ...recording, checkpoint: checkpoint.right };
}

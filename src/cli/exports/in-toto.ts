/**
 * `daybook export in-toto`: where each promoted checkpoint came from, a line each: DSSE envelopes
 * where a key signs them, else bare statements.
 */
import type { Command } from 'commander';
import type { SigningKey } from '../../events/nkey.ts';
import { splitRecording } from '../../events/recording.ts';
import { envelopeOf } from '../../roles/exports/attestation/dsse.ts';
import type { Statement } from '../../roles/exports/attestation/provenance.ts';
import { PAYLOAD_TYPE, provenanceOf } from '../../roles/exports/attestation/provenance.ts';
import { HistoryReader } from '../../roles/exports/history.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { readKey } from '../ledger/ledger-options.ts';
import { ledgerSource, recordingSource } from '../proving/proof-source.ts';
import type { SourceOptions } from '../ledger/source.ts';
import { withSource } from '../ledger/source.ts';
import { refused } from './refused.ts';
import { writeOut } from './write-out.ts';

interface InTotoOptions extends SourceOptions {
  readonly key?: string;
  readonly output?: string;
}

export function registerInToto(exports: Command): void {
  withSource(
    exports.command('in-toto').description('state where each promoted checkpoint came from'),
  )
    .option('--key <file>', 'seed of who vouches for it, such as the operator; default: unsigned')
    .option('-o, --output <file>', 'where to, a line a checkpoint; default: standard output')
    .option('-q, --quiet', 'no progress')
    .action(async (options: InTotoOptions) => {
      const key = options.key === undefined ? null : readKey(options.key);
      const source = await signed(options);
      await source.treeFor(() => undefined);
      const reader = new HistoryReader();
      for await (const piece of source.pieces?.('entries folded') ?? [])
        reader.add(splitRecording(piece));
      const statements = provenanceOf(reader.history, source.checkpoint);
      if (statements.length === 0)
        throw refused({ code: 'nothing_promoted', message: 'no checkpoint was promoted yet' });
      writeOut(statements.map((one) => `${lineOf(one, key)}\n`).join(''), options.output);
    });
}

function signed({ recording, log, ledger, quiet }: SourceOptions) {
  if ((recording === undefined) === (log === undefined))
    throw new Exit(EXIT.usage, 'say what to read: --recording <path> or --log <url>, one of them');
  return recording === undefined
    ? ledgerSource(log as string, ledger, quiet)
    : Promise.resolve(recordingSource(recording, quiet));
}

function lineOf(statement: Statement, key: SigningKey | null): string {
  const text = JSON.stringify(statement);
  if (key === null) return text;
  return JSON.stringify(envelopeOf(key, PAYLOAD_TYPE, Buffer.from(text, 'utf8')));
}

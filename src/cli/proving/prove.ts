/**
 * `daybook prove`: that an entry is in the signed log, or that earlier heads are prefixes of it, as
 * a file that `daybook verify` checks anywhere, without the ledger.
 */
import type { Command } from 'commander';
import {
  ARCHIVE_KINDS,
  ArchivedSearch,
  formatArchived,
  parseRecordName,
} from '../../roles/proofs/archived-record.ts';
import { withLedgerIfAny, withVerifier } from '../context/setting-option.ts';
import { writeOut } from '../exports/write-out.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { writeNamed } from '../terminal/named-files.ts';
import { makeInclusion, makePrefixes } from './make-proof.ts';
import type { ProofSource } from './proof-source.ts';
import { ledgerSource, recordingSource, tileSource } from './proof-source.ts';
import { wholeNumber } from '../terminal/whole-number.ts';

interface ProveOptions {
  readonly recording?: string;
  readonly log?: string;
  readonly ledger: string;
  readonly tiles?: string;
  readonly key?: string;
  readonly from?: string;
  readonly to?: string;
  readonly output?: string;
  readonly entry?: string;
  readonly archived?: string;
  readonly quiet?: boolean;
}

export function registerProve(program: Command): void {
  const verb = withLedgerIfAny(
    program
      .command('prove')
      .description('prove one entry, or that the log only grew, to somebody without the ledger')
      .argument('[sequence]', 'sequence of the entry; left out with --from')
      .argument('[recording]', 'path of a recording with its checkpoint, with or without .ndjson')
      .option('--recording <path>', 'the same, where there is no sequence')
      .option('--tiles <url>', 'prove from tiles over HTTP, such as an explorer serves'),
    'prove from a live ledger, under the head its authority signs now',
    ['recording', 'tiles'],
  );
  withVerifier(verb, 'with --tiles: verifier key of the head served', { onlyWith: 'tiles' })
    .option('--from <size>', 'prove that the first <size> entries begin the signed log')
    .option('--to <size>', 'and the first <size>, too; default: the signed head alone')
    .option(
      '--archived <record>',
      'prove a record that left the books: windows:<run>/<window>, periods:<run>/<period>, ' +
        'revisions:<run>/<revision>, runs:<run>, transfers:<id> or commands:<generation>',
    )
    .option('-o, --output <file>', 'where to; default: standard output')
    .option('--entry <file>', 'where the entry goes; default: <file>.entry beside the proof')
    .option('-q, --quiet', 'no progress')
    .action(prove);
}

async function prove(
  sequence: string | undefined,
  path: string | undefined,
  options: ProveOptions,
  command: Command,
): Promise<void> {
  const { from, archived } = options;
  if ([sequence, from, archived].filter((one) => one !== undefined).length !== 1)
    throw new Exit(
      EXIT.usage,
      'name the sequence of an entry, --from <size> or --archived <record>, one of them',
    );
  if (sequence !== undefined && options.to !== undefined)
    throw new Exit(EXIT.usage, '--to belongs to --from');
  const source = await sourceOf(path, options, command);
  const text =
    archived !== undefined
      ? await archivedRecord(source, archived)
      : sequence === undefined
        ? await prefixes(source, options)
        : await inclusion(source, sequence, options);
  writeOut(text, options.output);
}

async function sourceOf(
  path: string | undefined,
  options: ProveOptions,
  command: Command,
): Promise<ProofSource> {
  const { log, ledger, tiles, key, quiet } = options;
  const recording = path ?? options.recording;
  if (path !== undefined && options.recording !== undefined)
    throw new Exit(EXIT.usage, 'name the recording once');
  if ([recording, log, tiles].filter((one) => one !== undefined).length !== 1)
    throw new Exit(
      EXIT.usage,
      'say what to prove from: a recording, --log <url> or --tiles <url>, one of them',
    );
  if ((key === undefined) !== (tiles === undefined))
    throw new Exit(EXIT.usage, '--tiles and --key go together');
  if (recording !== undefined) return recordingSource(recording, quiet);
  if (log !== undefined) return await ledgerSource(log, ledger, quiet);
  return await tileSource(tiles as string, key as string, command, quiet);
}

async function inclusion(
  source: ProofSource,
  sequence: string,
  options: ProveOptions,
): Promise<string> {
  const index = wholeNumber('sequence', sequence, 0, source.size - 1);
  const { proof, entry } = await makeInclusion(source, index);
  const beside = options.output === undefined ? undefined : `${options.output}.entry`;
  const file = options.entry ?? beside;
  if (file !== undefined) writeNamed(file, `${Buffer.from(await entry()).toString()}\n`);
  return proof;
}

async function archivedRecord(
  { pieces, treeFor, checkpoint }: ProofSource,
  archived: string,
): Promise<string> {
  const name = parseRecordName(archived);
  if (name === undefined)
    throw new Exit(
      EXIT.usage,
      `--archived ${archived}: not <kind>:<name>, with a kind of ${ARCHIVE_KINDS.join(', ')}`,
    );
  if (pieces === null)
    throw new Exit(EXIT.usage, '--archived folds all entries: name a recording or --log <url>');
  // The head's own entries, or none of them.
  await treeFor(() => undefined);
  const search = new ArchivedSearch(name);
  for await (const piece of pieces('entries folded')) search.take(piece);
  const proof = search.proof(checkpoint);
  if (proof === null)
    throw new Exit(EXIT.failed, `${archived} is not in the archive: still in the books, or never`);
  return formatArchived(proof);
}

async function prefixes(source: ProofSource, { from, to }: ProveOptions): Promise<string> {
  const { size } = source;
  const older = wholeNumber('--from', from ?? '', 0, size);
  const sizes = to === undefined ? [older] : [older, wholeNumber('--to', to, older, size)];
  return await makePrefixes(source, sizes);
}

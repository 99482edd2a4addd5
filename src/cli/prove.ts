/**
 * `daybook prove`: that an entry is in the signed log, or that earlier heads are prefixes of it, as
 * a file that `daybook verify` checks anywhere, without the ledger.
 */
import { writeFileSync } from 'node:fs';
import { isLeft } from 'fp-ts/lib/Either.js';
import type { Command } from 'commander';
import type { SignedTree } from '../roles/proofs/signed-tree.ts';
import {
  askSignedTree,
  proveInclusion,
  provePrefixes,
  signedTree,
} from '../roles/proofs/signed-tree.ts';
import { EXIT, Exit } from './exit.ts';
import { openAt } from './ledger-options.ts';
import { readRecording } from './recording-files.ts';
import { wholeNumber } from './whole-number.ts';

interface ProveOptions {
  readonly recording?: string;
  readonly log?: string;
  readonly ledger: string;
  readonly from?: string;
  readonly to?: string;
  readonly output?: string;
  readonly entry?: string;
}

export function registerProve(program: Command): void {
  program
    .command('prove')
    .description('prove one entry, or that the log only grew, to somebody without the ledger')
    .argument('[sequence]', 'sequence of the entry; left out with --from')
    .argument('[recording]', 'path of a recording with its checkpoint, with or without .ndjson')
    .option('--recording <path>', 'the same, where there is no sequence')
    .option('--log <url>', 'prove from a live ledger, under the head its authority signs now')
    .option('--ledger <name>', 'name of the ledger at --log', 'main')
    .option('--from <size>', 'prove that the first <size> entries begin the signed log')
    .option('--to <size>', 'and the first <size>, too; default: the signed head alone')
    .option('-o, --output <file>', 'where to; default: standard output')
    .option('--entry <file>', 'where the entry goes; default: <file>.entry beside the proof')
    .action(prove);
}

async function prove(
  sequence: string | undefined,
  path: string | undefined,
  options: ProveOptions,
): Promise<void> {
  if ((sequence === undefined) === (options.from === undefined))
    throw new Exit(EXIT.usage, 'name the sequence of an entry, or --from <size>, one of the two');
  if (sequence !== undefined && options.to !== undefined)
    throw new Exit(EXIT.usage, '--to belongs to --from');
  const tree = await treeOf(path, options);
  const text =
    sequence === undefined ? prefixes(tree, options) : inclusion(tree, sequence, options);
  if (options.output === undefined) process.stdout.write(text);
  else writeFileSync(options.output, text);
}

async function treeOf(path: string | undefined, options: ProveOptions): Promise<SignedTree> {
  const { log, ledger } = options;
  const recording = path ?? options.recording;
  if (path !== undefined && options.recording !== undefined)
    throw new Exit(EXIT.usage, 'name the recording once');
  if ((recording === undefined) === (log === undefined))
    throw new Exit(EXIT.usage, 'say what to prove from: a recording, or --log <url>, one of them');
  const tree =
    recording === undefined ? await ask(log as string, ledger) : fromRecording(recording);
  if (isLeft(tree)) throw new Exit(EXIT.mismatch, `this log does not hold: ${tree.left.message}`);
  return tree.right;
}

function fromRecording(path: string): ReturnType<typeof signedTree> {
  const { ndjson, checkpoint } = readRecording(path);
  return signedTree(ndjson, checkpoint);
}

async function ask(log: string, ledger: string): ReturnType<typeof askSignedTree> {
  const parts = await openAt({ log, ledger }, { create: false });
  try {
    return await askSignedTree(parts.log, parts.channel);
  } finally {
    await parts.close();
  }
}

function inclusion(tree: SignedTree, sequence: string, options: ProveOptions): string {
  const index = wholeNumber('sequence', sequence, 0, tree.lines.length - 1);
  const line = tree.lines[index];
  const beside = options.output === undefined ? undefined : `${options.output}.entry`;
  const file = options.entry ?? beside;
  if (file !== undefined && line !== undefined) writeFileSync(file, `${Buffer.from(line)}\n`);
  return proveInclusion(tree, index);
}

function prefixes(tree: SignedTree, { from, to }: ProveOptions): string {
  const size = tree.lines.length;
  const older = wholeNumber('--from', from ?? '', 0, size);
  const sizes = to === undefined ? [older] : [older, wholeNumber('--to', to, older, size)];
  return provePrefixes(tree, sizes);
}

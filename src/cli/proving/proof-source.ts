/**
 * What proofs are made from: a recording, a live ledger, or tiles over HTTP. The first two have all
 * lines; of tiles only those are fetched that the proof needs. Each proves under one signed head.
 */
import type { Command } from 'commander';
import { isLeft } from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import { verifyCheckpoint } from '../../events/checkpoint.ts';
import type { SubtreeHash } from '../../events/proofs.ts';
import { askSignedTree, signedTree } from '../../roles/proofs/signed-tree.ts';
import type { SignedLines, SignedTree } from '../../roles/proofs/signed-tree.ts';
import { fetchCheckpoint, fetchEntry, fetchTree } from '../../roles/proofs/tile-client.ts';
import type { TilesError } from '../../roles/proofs/tiled-tree.ts';
import { mustBeTrustedFor, originOf } from '../context/trusted-for.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { openAt } from '../ledger/ledger-options.ts';
import { counted, progress } from '../terminal/output.ts';
import { readRecording } from '../ledger/recording-files.ts';

export interface ProofSource {
  readonly checkpoint: string;
  /** Entries under the head. */
  readonly size: number;
  /** Of all entries; null where only some of them are fetched. */
  readonly lines: readonly Uint8Array[] | null;
  /** @param use runs what the tree is for; it may be asked for no other subtrees later */
  treeFor(use: (subtree: SubtreeHash) => void): Promise<SignedTree>;
  /** @param tree that `treeFor` made for the leaf at `index` */
  entry(index: number, tree: SignedTree): Promise<Uint8Array>;
}

/** What is hashed or folded of a source, told on stderr. */
export const hashing =
  (quiet?: boolean) =>
  (lines: readonly Uint8Array[]): Iterable<Uint8Array> =>
    counted('entries hashed', lines, quiet);

export const folding =
  (quiet?: boolean) =>
  (lines: readonly Uint8Array[]): Iterable<Uint8Array> =>
    counted('entries folded', lines, quiet);

export const recordingSource = (path: string, quiet?: boolean): ProofSource => {
  const { ndjson, checkpoint } = readRecording(path);
  return linesSource(signedTree(ndjson, checkpoint, hashing(quiet)));
};

export async function ledgerSource(
  log: string,
  ledger: string,
  quiet?: boolean,
): Promise<ProofSource> {
  const parts = await openAt({ log, ledger }, { create: false });
  const bar = progress(quiet);
  try {
    return linesSource(await askSignedTree(parts.log, parts.channel, bar.show, hashing(quiet)));
  } finally {
    bar.clear();
    await parts.close();
  }
}

/**
 * @param key by which the served head has to be signed before a tile is asked for
 * @param command whose key that is: where nobody said it, it is trusted for the ledger it names alone
 */
export async function tileSource(
  prefix: string,
  key: string,
  command: Command,
  quiet?: boolean,
): Promise<ProofSource> {
  const checkpoint = orExit(await fetchCheckpoint(prefix));
  mustBeTrustedFor(command, originOf(checkpoint));
  const head = verifyCheckpoint(key, checkpoint);
  if (isLeft(head)) throw new Exit(EXIT.mismatch, `the head served: ${head.left.message}`);
  return {
    checkpoint,
    size: head.right.size,
    lines: null,
    treeFor: async (use) => {
      const bar = progress(quiet);
      const tree = await fetchTree(prefix, checkpoint, use, bar.show);
      bar.clear();
      return orExit(tree);
    },
    entry: async (index, tree) => orExit(await fetchEntry(prefix, index, tree)),
  };
}

function linesSource(tree: Either<{ readonly message: string }, SignedLines>): ProofSource {
  if (isLeft(tree)) throw new Exit(EXIT.mismatch, `this log does not hold: ${tree.left.message}`);
  const { checkpoint, size, lines } = tree.right;
  return {
    checkpoint,
    size,
    lines,
    treeFor: async () => tree.right,
    entry: async (index) => lines[index] as Uint8Array,
  };
}

function orExit<T>(result: Either<TilesError, T>): T {
  if (!isLeft(result)) return result.right;
  const { code, message } = result.left;
  throw new Exit(code === 'tiles_wrong' ? EXIT.mismatch : EXIT.failed, message);
}

/**
 * What proofs are made from: a recording, a live ledger, or tiles over HTTP. A recording is read as
 * often as it takes and not held, of tiles only those are fetched that the proof needs. Each proves
 * under one signed head.
 */
import type { Command } from 'commander';
import { isLeft } from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import { parseCheckpoint, verifyCheckpoint } from '../../events/checkpoint.ts';
import type { SubtreeHash } from '../../events/proofs.ts';
import { splitRecording } from '../../events/recording.ts';
import { must } from '../../projections/books.ts';
import { linesAt, piecesOf } from '../../roles/audit/recorded-lines.ts';
import { recordedTree } from '../../roles/proofs/recorded-tree.ts';
import { askSignedTree } from '../../roles/proofs/signed-tree.ts';
import type { SignedLines, SignedTree } from '../../roles/proofs/signed-tree.ts';
import { fetchCheckpoint, fetchEntry, fetchTree } from '../../roles/proofs/tile-client.ts';
import type { TilesError } from '../../roles/proofs/tiled-tree.ts';
import { mustBeTrustedFor, originOf } from '../context/trusted-for.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { openAt } from '../ledger/ledger-options.ts';
import { counted, progress } from '../terminal/output.ts';
import { openEntries } from '../ledger/recorded-file.ts';
import { readBeside } from '../ledger/recording-files.ts';

export interface ProofSource {
  readonly checkpoint: string;
  /** Entries under the head. */
  readonly size: number;
  /**
   * All entries, whole lines a piece, as often as it is asked; null where only some are fetched.
   * @param what is done with them, told on stderr
   */
  readonly pieces: ((what: string) => AsyncIterable<Uint8Array>) | null;
  /**
   * Of which the root is the head's.
   * @param use runs what the tree is for; it may be asked for no other subtrees later
   */
  treeFor(use: (subtree: SubtreeHash) => void): Promise<SignedTree>;
  /** @param tree that `treeFor` made for the leaf at `index` */
  entry(index: number, tree: SignedTree): Promise<Uint8Array>;
}

/** What is hashed of a source, told on stderr. */
const hashing =
  (quiet?: boolean) =>
  (lines: readonly Uint8Array[]): Iterable<Uint8Array> =>
    counted('entries hashed', lines, quiet);

/** Reads the file anew for whatever is asked, and holds none of it. */
export function recordingSource(path: string, quiet?: boolean): ProofSource {
  openEntries(path).close();
  const { checkpoint } = readBeside(path);
  const head = parseCheckpoint(checkpoint);
  if (isLeft(head)) throw notHolding(head.left);
  const { size } = head.right;
  const pieces = (what: string): AsyncIterable<Uint8Array> =>
    telling(what, size, recordedPieces(path), quiet);
  return {
    checkpoint,
    size,
    pieces,
    treeFor: async (use) => {
      const tree = await recordedTree(pieces('entries hashed'), checkpoint, use);
      if (isLeft(tree)) throw notHolding(tree.left);
      return tree.right;
    },
    entry: async (index) => {
      const file = openEntries(path);
      try {
        return must((await linesAt(file, new Set([index]))).get(index), `entry ${index}`);
      } finally {
        file.close();
      }
    },
  };
}

const notHolding = ({ message }: { readonly message: string }): Exit =>
  new Exit(EXIT.mismatch, `this log does not hold: ${message}`);

async function* recordedPieces(path: string): AsyncGenerator<Uint8Array, void, void> {
  const file = openEntries(path);
  try {
    yield* piecesOf(file);
  } finally {
    file.close();
  }
}

async function* telling(
  what: string,
  total: number,
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  quiet?: boolean,
): AsyncGenerator<Uint8Array, void, void> {
  const bar = progress(quiet);
  let done = 0;
  try {
    for await (const piece of pieces) {
      bar.show(what, done, total);
      for (const _ of splitRecording(piece)) done += 1;
      yield piece;
    }
  } finally {
    bar.clear();
  }
}

export async function ledgerSource(
  log: string,
  ledger: string,
  quiet?: boolean,
): Promise<ProofSource> {
  const parts = await openAt({ log, ledger }, { create: false });
  const bar = progress(quiet);
  try {
    const tree = await askSignedTree(parts.log, parts.channel, bar.show, hashing(quiet));
    return linesSource(tree, quiet);
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
    pieces: null,
    treeFor: async (use) => {
      const bar = progress(quiet);
      const tree = await fetchTree(prefix, checkpoint, use, bar.show);
      bar.clear();
      return orExit(tree);
    },
    entry: async (index, tree) => orExit(await fetchEntry(prefix, index, tree)),
  };
}

function linesSource(
  tree: Either<{ readonly message: string }, SignedLines>,
  quiet?: boolean,
): ProofSource {
  if (isLeft(tree)) throw notHolding(tree.left);
  const { checkpoint, size, lines } = tree.right;
  return {
    checkpoint,
    size,
    pieces: (what) => telling(what, size, lines, quiet),
    treeFor: async () => tree.right,
    entry: async (index) => lines[index] as Uint8Array,
  };
}

function orExit<T>(result: Either<TilesError, T>): T {
  if (!isLeft(result)) return result.right;
  const { code, message } = result.left;
  throw new Exit(code === 'tiles_wrong' ? EXIT.mismatch : EXIT.failed, message);
}

/**
 * What a witness answers to a checkpoint, from its own record alone. Invariant: a head is cosigned
 * only where a trusted key signed it and the head recorded before is a prefix of it, so the heads
 * cosigned for one origin, in their order, are all prefixes of the last.
 */
import * as E from 'fp-ts/lib/Either.js';
import { parseCheckpoint, verifyCheckpoint } from '../../events/checkpoint.ts';
import type { Checkpoint } from '../../events/checkpoint.ts';
import { emptyRoot } from '../../events/merkle.ts';
import type { Hash } from '../../events/merkle.ts';
import { parseVerifierKey } from '../../events/note.ts';
import type { NoteError } from '../../events/note.ts';
import { verifyConsistency } from '../../events/proofs.ts';
import { formatFork } from '../../events/fork-evidence.ts';
import { formatPrefixProof } from '../../events/prefix-proof.ts';
import type { AddCheckpoint } from './add-checkpoint.ts';

/** The latest head cosigned for an origin. */
export interface WitnessedHead {
  readonly size: number;
  readonly root: Hash;
  /** As its log signed it. */
  readonly note: string;
}

/** Verifier keys by origin; several where a log's key was replaced. */
export type TrustedLogs = ReadonlyMap<string, readonly string[]>;

export type Judgement =
  | { readonly kind: 'cosign'; readonly origin: string; readonly head: WitnessedHead }
  | { readonly kind: 'refuse'; readonly status: 400 | 403 | 404 | 422; readonly message: string }
  /** The client's old size is not the recorded one. */
  | { readonly kind: 'other_size'; readonly size: number }
  /** One size, two signed roots: `evidence` convicts the log. */
  | { readonly kind: 'fork'; readonly origin: string; readonly evidence: string };

/** By origin, which is the key's name. */
export function trustedLogs(verifierKeys: readonly string[]): E.Either<NoteError, TrustedLogs> {
  const logs = new Map<string, string[]>();
  for (const text of verifierKeys) {
    const key = parseVerifierKey(text);
    if (E.isLeft(key)) return key;
    logs.set(key.right.name, [...(logs.get(key.right.name) ?? []), text]);
  }
  return E.right(logs);
}

/** @param recorded answers the latest head cosigned for an origin, null for none */
export function judge(
  logs: TrustedLogs,
  recorded: (origin: string) => WitnessedHead | null,
  { oldSize, path, checkpoint: note }: AddCheckpoint,
): Judgement {
  const claimed = parseCheckpoint(note);
  if (E.isLeft(claimed)) return refuse(400, claimed.left.message);
  const { origin } = claimed.right;
  const keys = logs.get(origin);
  if (keys === undefined) return refuse(404, 'this log is not witnessed here');
  const signed = verifiedBy(keys, note);
  if (signed === null) return refuse(403, 'no signature by a key trusted for this log');
  const { size, root } = signed;
  if (oldSize > size) return refuse(400, `old size ${oldSize} is above the checkpoint's ${size}`);
  const known = recorded(origin);
  const knownSize = known?.size ?? 0;
  const knownRoot = known?.root ?? emptyRoot();
  if (oldSize !== knownSize) return { kind: 'other_size', size: knownSize };
  if (oldSize === size && size > 0 && known !== null && Buffer.compare(root, knownRoot) !== 0)
    return { kind: 'fork', origin, evidence: forkOf(signed, note, known) };
  if (!verifyConsistency(knownSize, knownRoot, size, root, path))
    return refuse(422, `the proof does not lead from the tree of ${knownSize} to this root`);
  return { kind: 'cosign', origin, head: { size, root, note } };
}

function verifiedBy(keys: readonly string[], note: string): Checkpoint | null {
  for (const key of keys) {
    const signed = verifyCheckpoint(key, note);
    if (E.isRight(signed)) return signed.right;
  }
  return null;
}

const forkOf = ({ size, root }: Checkpoint, note: string, known: WitnessedHead): string =>
  formatFork(
    formatPrefixProof({ prefixes: [{ size, root, path: [] }], checkpoint: note }),
    known.note,
  );

const refuse = (status: 400 | 403 | 404 | 422, message: string): Judgement => ({
  kind: 'refuse',
  status,
  message,
});

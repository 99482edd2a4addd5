/**
 * `daybook/ledger`: the facts and their proofs, without a network and without a clock. Entries and
 * their canonical bytes, signed statements, the Merkle tree, checkpoints, proofs, recordings. What can
 * fail on hostile bytes gives an `Either` of fp-ts: `{_tag: 'Left', left}` is why not.
 */

/** The catalogue: every type of fact with its author, its command and the codec of its data. */
export { catalogue, commandTable, familyOf, subjectOf } from '../events/catalogue.ts';
export type {
  DataOfType,
  EventOf,
  Fact,
  FactOf,
  FactType,
  Family,
  LedgerEvent,
} from '../events/catalogue.ts';

/** One entry: a CloudEvents object in canonical JSON, one line of at most 1 MiB. */
export {
  decodeEntry,
  encodeEntry,
  ledgerOf,
  msOfTime,
  sourceOf,
  timeOfMs,
} from '../events/entry.ts';
export type { Entry, EntryError, EntryErrorCode } from '../events/entry.ts';
/** The same, with data of the type that the entry states. */
export { decodeEvent } from '../events/decode-event.ts';
export type { EventError } from '../events/decode-event.ts';
/** RFC 8785. */
export { canonicalJson, CanonicalJsonError } from '../events/canonical-json.ts';
export type { JsonObject, JsonValue } from '../events/canonical-json.ts';
export type { ActorId, CommandId, Digest, EntrySequence, LedgerId } from '../events/ids.ts';
export { digestOf } from '../events/digest.ts';

/** What an author signs, and whether it did. */
export { statementBytes, verifyEntrySignature, verifyStatement } from '../events/statement.ts';
export type { Statement } from '../events/statement.ts';
export { generateKey, isActorId, keyFromSeed, verifySignature } from '../events/nkey.ts';
export type { NkeyError, SigningKey } from '../events/nkey.ts';

/** The tree over the entries' bytes: RFC 6962, SHA-256. */
export { CompactRange, emptyRoot, leafHash, nodeHash } from '../events/merkle.ts';
export type { Hash } from '../events/merkle.ts';

/** Signed heads: C2SP tlog-checkpoint. */
export {
  originOf,
  parseCheckpoint,
  signCheckpoint,
  verifyCheckpoint,
} from '../events/checkpoint.ts';
export type { Checkpoint, CheckpointError, ParsedCheckpoint } from '../events/checkpoint.ts';
export { verifierKeyOf } from '../events/note.ts';
/** Witnesses' signatures on them: C2SP tlog-cosignature. */
export { cosignaturesOf, parseWitnessKeys } from '../events/cosignature.ts';
export type { Cosignature } from '../events/cosignature.ts';

/** That an entry is in the tree, and that a tree begins with another: RFC 9162. */
export {
  consistencyProof,
  inclusionProof,
  rootAt,
  subtreesOf,
  verifyConsistency,
  verifyInclusion,
} from '../events/proofs.ts';
export type { SubtreeHash } from '../events/proofs.ts';
/** The same as texts to hand on: C2SP tlog-proof, and a prefix proof. */
export {
  formatInclusionProof,
  parseInclusionProof,
  verifyInclusionProof,
} from '../events/proof-text.ts';
export type { InclusionProof, ProofError } from '../events/proof-text.ts';
export { formatPrefixProof, parsePrefixProof, verifyPrefixProof } from '../events/prefix-proof.ts';
export type { PrefixProof } from '../events/prefix-proof.ts';

/** A whole ledger as a file with its checkpoint. */
export { splitRecording, verifyRecording } from '../events/recording.ts';
export type { RecordingError, RecordingErrorCode } from '../events/recording-error.ts';

/** Two statements of one author that cannot both be honest. */
export { CONFLICTS, conflictOf } from '../events/conflict.ts';
export type { ConflictCode } from '../events/conflict.ts';

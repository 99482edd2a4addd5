/**
 * Branded identifiers. A brand costs nothing at run time and keeps a run id from being passed where
 * a ledger id is wanted; values enter through the io-ts codecs of the catalogue or through the
 * `as` casts of the few constructors beside their owners.
 */
declare const brand: unique symbol;
export type Branded<T, Name extends string> = T & { readonly [brand]: Name };

/** Name of a ledger: lower-case letters, digits and dashes, 1..64 characters; a NATS token. */
export type LedgerId = Branded<string, 'LedgerId'>;
/** Client-chosen id of a command; idempotency key for ever. */
export type CommandId = Branded<string, 'CommandId'>;
/** Id of one commit (one atomic append). */
export type CommitId = Branded<string, 'CommitId'>;
/** NKey public key of an author (`U...`, 56 characters of base32). */
export type ActorId = Branded<string, 'ActorId'>;
/** `sha256:` followed by 64 lower-case hex digits. */
export type Digest = Branded<string, 'Digest'>;
/** Index of an entry in the ledger, from 0. */
export type EntrySequence = Branded<number, 'EntrySequence'>;
/**
 * The log's own position of a commit: 0 before the first commit, then strictly ascending. On
 * JetStream it is the stream sequence. Used only for optimistic concurrency and following.
 */
export type LogPosition = Branded<number, 'LogPosition'>;

export const LOG_START = 0 as LogPosition;

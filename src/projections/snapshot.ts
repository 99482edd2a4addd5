/**
 * A snapshot: what folding a prefix of the log gives - books, tree, marked roots - at one position of
 * the log, as one line of JSON
 *
 *   {format, ledger, position, root, range: {size, hashes}, roots, versions, views, books}
 *
 * named by its SHA-256. Members stand in the order in which the fold wrote them, not sorted: rules
 * go through parties in that order, so it is part of the state, and equal folds give equal bytes.
 * It is a cache: nothing is lost with it, and nobody takes one from another party, for books cannot
 * be checked against a root without folding. Invariant: `decodeSnapshot` never throws, whatever the
 * bytes; what it cannot vouch for it names, and the log is read instead.
 */
import { isLeft, left, right } from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import { base64Of, bytesOfBase64 } from '../events/base64.ts';
import type { JsonValue } from '../events/canonical-json.ts';
import type { LedgerId, LogPosition } from '../events/ids.ts';
import { scanJson } from '../events/json-scan.ts';
import type { StoredRange } from '../events/merkle.ts';
import { CompactRange, HASH_BYTES } from '../events/merkle.ts';
import type { Books } from './books.ts';
import { restoreBooks } from './books-outline.ts';
import { rootsToCome } from './roots-to-come.ts';

/** Of the members listed above. */
export const SNAPSHOT_FORMAT = 1;
/**
 * Of the books that the recipes write. Whoever changes what they look like, or what they mean,
 * raises it, and every older snapshot is ignored; a test holds the two together.
 */
export const BOOKS_VERSION = 4;

/** Above it no snapshot is written or read: a string of the runtime holds twice as much. */
export const SNAPSHOT_BYTES_MAX = 256 * 1024 * 1024;
/** Levels of arrays and objects; books have nine. */
const DEPTH_MAX = 32;

export interface Snapshot {
  readonly ledger: LedgerId;
  /** Of the commit that the prefix ends with. */
  readonly position: LogPosition;
  readonly tree: CompactRange;
  /** Root right after each entry that seeds a draw still to come, by sequence. */
  readonly roots: ReadonlyMap<number, Uint8Array>;
  readonly books: Books;
  /** Read models that a reader keeps beside the books, by name. */
  readonly views: Readonly<Record<string, JsonValue>>;
}

/** By name, the versions of the views that a reader keeps; the books' own version is implied. */
export type ViewVersions = Readonly<Record<string, number>>;

export type SnapshotErrorCode =
  | 'snapshot_too_large'
  | 'snapshot_malformed'
  | 'snapshot_other_version'
  | 'snapshot_wrong_ledger'
  | 'snapshot_wrong_root';

export interface SnapshotError {
  readonly code: SnapshotErrorCode;
  readonly message: string;
}

/** The bytes, or why there are none: only size stands in the way. */
export function encodeSnapshot(
  { ledger, position, tree, roots, books, views }: Snapshot,
  versions: ViewVersions = {},
): Either<SnapshotError, Uint8Array> {
  const kept = rootsToCome(books, roots);
  const value = {
    format: SNAPSHOT_FORMAT,
    ledger,
    position,
    root: base64Of(tree.root()),
    range: tree.serialise(),
    roots: [...kept].map(([sequence, root]) => [sequence, base64Of(root)]),
    versions: { books: BOOKS_VERSION, ...versions },
    views,
    books,
  };
  const text = written(value);
  if (text === null || text.length > SNAPSHOT_BYTES_MAX)
    return refuse('snapshot_too_large', `more than ${SNAPSHOT_BYTES_MAX} bytes`);
  const bytes = Buffer.from(text);
  return bytes.byteLength > SNAPSHOT_BYTES_MAX
    ? refuse('snapshot_too_large', `${bytes.byteLength} bytes`)
    : right(bytes);
}

/** Null when no string of the runtime is long enough. */
function written(value: object): string | null {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** Hostile bytes in; a snapshot whose range gives its root, or the reason why not. */
export function decodeSnapshot(
  bytes: Uint8Array,
  ledger: LedgerId,
  versions: ViewVersions = {},
): Either<SnapshotError, Snapshot> {
  const parsed = parse(bytes);
  if (isLeft(parsed)) return parsed;
  const { right: value } = parsed;
  const wanted = { ...versions, books: BOOKS_VERSION };
  if (value['format'] !== SNAPSHOT_FORMAT || !sameVersions(value['versions'], wanted))
    return refuse('snapshot_other_version', 'written by another version of this software');
  if (value['ledger'] !== ledger) return refuse('snapshot_wrong_ledger', `not of ${ledger}`);
  const tree = treeOf(value['range'], value['root']);
  if (isLeft(tree)) return tree;
  const { position, views } = value;
  if (!isCount(position) || position === 0) return malformed('position is none');
  const roots = rootsOf(value['roots'], tree.right.size);
  if (roots === null) return malformed('roots are not hashes by sequence');
  const books = restoreBooks(value['books'], ledger);
  if (books === null || books.ledger.size !== tree.right.size)
    return malformed('books are not those of its size');
  if (!isObject(views) || !sameNames(views, versions))
    return malformed('views are not those named');
  return right({
    ledger,
    position: position as LogPosition,
    tree: tree.right,
    roots,
    books,
    views: views as Record<string, JsonValue>,
  });
}

function parse(bytes: Uint8Array): Either<SnapshotError, Record<string, unknown>> {
  if (bytes.byteLength > SNAPSHOT_BYTES_MAX)
    return refuse('snapshot_too_large', `${bytes.byteLength} bytes`);
  const scan = scanJson(bytes);
  if (scan.lineBreak || scan.depth > DEPTH_MAX)
    return malformed('not one line, or nested too deep');
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return isObject(value) ? right(value) : malformed('not a JSON object');
  } catch {
    return malformed('not JSON in UTF-8');
  }
}

function treeOf(stored: unknown, root: unknown): Either<SnapshotError, CompactRange> {
  if (!isObject(stored)) return malformed('there is no range');
  const tree = CompactRange.deserialise(stored as unknown as StoredRange);
  if (isLeft(tree)) return malformed(tree.left.message);
  if (tree.right.size === 0) return malformed('of an empty ledger');
  return base64Of(tree.right.root()) === root
    ? tree
    : refuse('snapshot_wrong_root', 'its range does not give its root');
}

function rootsOf(stored: unknown, size: number): Map<number, Uint8Array> | null {
  if (!Array.isArray(stored)) return null;
  const roots = new Map<number, Uint8Array>();
  for (const pair of stored as unknown[]) {
    if (!Array.isArray(pair) || pair.length !== 2) return null;
    const [sequence, text] = pair as unknown[];
    const root = typeof text === 'string' ? bytesOfBase64(text) : undefined;
    if (!isCount(sequence) || sequence >= size || root?.byteLength !== HASH_BYTES) return null;
    roots.set(sequence, root);
  }
  return roots;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

const sameNames = (value: object, wanted: object): boolean => {
  const names = Object.keys(value);
  return (
    names.length === Object.keys(wanted).length &&
    names.every((name) => Object.hasOwn(wanted, name))
  );
};

const sameVersions = (value: unknown, wanted: Readonly<Record<string, number>>): boolean =>
  isObject(value) &&
  sameNames(value, wanted) &&
  Object.entries(wanted).every(([name, version]) => value[name] === version);

const malformed = (message: string): Either<SnapshotError, never> =>
  refuse('snapshot_malformed', message);

function refuse(code: SnapshotErrorCode, message: string): Either<SnapshotError, never> {
  return left({ code, message });
}

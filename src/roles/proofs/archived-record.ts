/**
 * That a record which left the books is in their archive, as text in the manner of C2SP tlog-proof:
 *
 *   daybook.local/archived-record@v1
 *   kind <windows, periods, revisions, runs, transfers or commands>
 *   index <decimal> of <records in the archive of this kind>
 *   root <base64>                   of that archive's tree
 *   <base64 hash>                   zero or more, from the leaf's sibling up
 *   record <canonical JSON>
 *   <blank line>
 *   <signed checkpoint, verbatim>
 *
 * What it proves, and what not: the record is in the archive with this root, and the key signed this
 * head. That folding the head's entries gives books with this root stands in no tree: whoever wants
 * to know folds them (`daybook replay` prints the roots) or trusts somebody who did.
 */
import * as E from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import { base64Of, bytesOfBase64 } from '../../events/base64.ts';
import { canonicalJson } from '../../events/canonical-json.ts';
import type { JsonValue } from '../../events/canonical-json.ts';
import { verifyCheckpoint } from '../../events/checkpoint.ts';
import type { Checkpoint } from '../../events/checkpoint.ts';
import { HASH_BYTES, leafHash } from '../../events/merkle.ts';
import type { Hash } from '../../events/merkle.ts';
import { MAX_NOTE_BYTES } from '../../events/note.ts';
import {
  inclusionProof,
  MAX_PROOF_HASHES,
  rootAt,
  subtreesOf,
  verifyInclusion,
} from '../../events/proofs.ts';
import type { ProofError } from '../../events/proof-text.ts';
import type { ArchiveKind, RunBook } from '../../projections/books.ts';
import { Rebuild } from '../rebuild.ts';

export const ARCHIVED_HEADER = 'daybook.local/archived-record@v1';
export const ARCHIVE_KINDS: readonly ArchiveKind[] = [
  'windows',
  'periods',
  'revisions',
  'runs',
  'transfers',
  'commands',
];
/** A window of thousands of contributions, with room; a stranger's text is not read beyond. */
const MAX_RECORD_CHARS = 64 * 2 ** 20;

export interface ArchivedRecord {
  readonly kind: ArchiveKind;
  readonly index: number;
  /** Records in the archive. */
  readonly size: number;
  readonly root: Hash;
  readonly path: readonly Hash[];
  /** Canonical JSON. */
  readonly record: string;
  /** Text of the signed checkpoint, untouched. */
  readonly checkpoint: string;
}

/** Which record: `windows:<run>/<window>`, `commands:<generation>` and so on. */
export interface RecordName {
  readonly kind: ArchiveKind;
  readonly name: string;
}

/** Undefined: not the name of a record of any kind. */
export function parseRecordName(text: string): RecordName | undefined {
  const colon = text.indexOf(':');
  const kind = ARCHIVE_KINDS.find((known) => known === text.slice(0, colon));
  const name = text.slice(colon + 1);
  return kind === undefined || name === '' ? undefined : { kind, name };
}

/** As in `RecordName`; transfers go by each of their ids. */
function namesOf(kind: ArchiveKind, record: unknown): string[] {
  const fields = record as Record<string, unknown>;
  if (kind === 'windows') return [`${String(fields['run'])}/${String(fields['window'])}`];
  if (kind === 'periods') return [`${String(fields['run'])}/${String(fields['period'])}`];
  if (kind === 'revisions') return [`${String(fields['run'])}/${String(fields['revision'])}`];
  if (kind === 'runs') return [(record as RunBook).plan.run];
  if (kind === 'commands') return [String(fields['generation'])];
  return (record as { id: string }[]).map(({ id }) => id);
}

/** Folds a ledger's lines, one after another and none kept, to prove one record that left the books. */
export class ArchivedSearch {
  readonly #name: RecordName;
  readonly #leaves: Hash[] = [];
  #found: { readonly index: number; readonly record: string } | null = null;
  readonly #rebuild = new Rebuild({
    onArchived: (archived, record) => {
      const { kind, name } = this.#name;
      if (archived !== kind) return;
      const text = canonicalJson(record as JsonValue);
      if (namesOf(kind, record).includes(name))
        this.#found = { index: this.#leaves.length, record: text };
      this.#leaves.push(leafHash(Buffer.from(text, 'utf8')));
    },
  });

  constructor(name: RecordName) {
    this.#name = name;
  }

  /** @param ndjson whole lines, after those before them. @throws Fault log_corrupt */
  take(ndjson: Uint8Array): void {
    this.#rebuild.addLines(ndjson);
  }

  /**
   * Null: no record of this name has left the books.
   * @param checkpoint signed for exactly the lines that were taken
   */
  proof(checkpoint: string): ArchivedRecord | null {
    if (this.#found === null) return null;
    const { index, record } = this.#found;
    const size = this.#leaves.length;
    const subtree = subtreesOf(this.#leaves);
    const path = inclusionProof(index, size, subtree);
    const { kind } = this.#name;
    return { kind, index, size, root: rootAt(size, subtree), path, record, checkpoint };
  }
}

/** The same of lines that are held. @throws Fault log_corrupt */
export function proveArchived(
  lines: Iterable<Uint8Array>,
  name: RecordName,
  checkpoint: string,
): ArchivedRecord | null {
  const search = new ArchivedSearch(name);
  for (const line of lines) search.take(line);
  return search.proof(checkpoint);
}

export function formatArchived(proof: ArchivedRecord): string {
  const { kind, index, size, root, path, record, checkpoint } = proof;
  const hashes = path.map((hash) => `${base64Of(hash)}\n`).join('');
  return (
    `${ARCHIVED_HEADER}\nkind ${kind}\nindex ${index} of ${size}\nroot ${base64Of(root)}\n` +
    `${hashes}record ${record}\n\n${checkpoint}`
  );
}

/** Hostile text to its parts; nothing has been verified. */
export function parseArchived(text: string): Either<ProofError, ArchivedRecord> {
  if (text.length > MAX_RECORD_CHARS + 2 * MAX_NOTE_BYTES) return malformed('the text is too long');
  const blank = text.indexOf('\n\n');
  if (blank < 0) return malformed('no blank line before the checkpoint');
  const [header, kindLine, countLine, rootLine, ...rest] = text.slice(0, blank).split('\n');
  if (header !== ARCHIVED_HEADER) return malformed(`the first line is not ${ARCHIVED_HEADER}`);
  const kind = ARCHIVE_KINDS.find((known) => kindLine === `kind ${known}`);
  if (kind === undefined) return malformed('no kind of record that is archived');
  const counts = /^index (0|[1-9]\d{0,15}) of ([1-9]\d{0,15})$/.exec(countLine ?? '');
  const [index, size] = [Number(counts?.[1]), Number(counts?.[2])];
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size)) return malformed('no index');
  const root = hashOf(rootLine?.startsWith('root ') === true ? rootLine.slice(5) : '');
  if (root === undefined) return malformed('no root');
  const record = rest.pop();
  if (record?.startsWith('record ') !== true) return malformed('no record');
  if (rest.length > MAX_PROOF_HASHES) return malformed('the path is too long');
  const path: Hash[] = [];
  for (const line of rest) {
    const hash = hashOf(line);
    if (hash === undefined) return malformed(`hash ${path.length} is not 32 bytes`);
    path.push(hash);
  }
  const checkpoint = text.slice(blank + 2);
  return E.right({ kind, index, size, root, path, record: record.slice(7), checkpoint });
}

/** @param origin that the checkpoint must be for; by default the verifier key's name */
export function verifyArchived(
  verifierKey: string,
  text: string,
  origin?: string,
): Either<ProofError, { readonly proof: ArchivedRecord; readonly checkpoint: Checkpoint }> {
  const parsed = parseArchived(text);
  if (E.isLeft(parsed)) return parsed;
  const signed = verifyCheckpoint(verifierKey, parsed.right.checkpoint, origin);
  if (E.isLeft(signed)) return signed;
  const { kind, index, size, root, path, record } = parsed.right;
  if (!verifyInclusion(leafHash(Buffer.from(record, 'utf8')), index, size, path, root)) {
    const message = `the path does not lead from this record at ${index} to the root of the ${kind}`;
    return E.left({ code: 'proof_wrong', message });
  }
  return E.right({ proof: parsed.right, checkpoint: signed.right });
}

function hashOf(text: string): Hash | undefined {
  const hash = bytesOfBase64(text);
  return hash?.byteLength === HASH_BYTES ? hash : undefined;
}

function malformed(message: string): Either<ProofError, never> {
  return E.left({ code: 'proof_malformed', message });
}

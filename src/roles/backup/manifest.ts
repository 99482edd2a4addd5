/**
 * What is in a backup, in `manifest.json` of its folder:
 *
 *   commits/<first entry, 16 digits>.commits   segments of the log, commit by commit (segment.ts)
 *   artifacts/<aa>/<hex>                        every artifact, under its digest
 *   artifacts.list                              `<digest> <bytes>` a line, sorted
 *
 * Invariant: the manifest is replaced by a rename after what it names is on the disk, so a backup
 * that was cut off is the one before it. Its root is the tree root over all entries; a manifest
 * that was changed by hand does not fit its segments.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileFault } from '../../adapters/embedded/folder.ts';
import { Fault } from '../../commands/ports/fault.ts';
import { digest, ledgerId } from '../../events/codecs.ts';
import type { Digest, LedgerId } from '../../events/ids.ts';

export const FORMAT = 'daybook-backup/1';
export const ARTIFACTS = 'artifacts';
export const ARTIFACT_LIST = 'artifacts.list';

export interface Segment {
  /** Path in the folder. */
  readonly file: string;
  readonly digest: Digest;
  /** Sequence of its first entry. */
  readonly first: number;
  readonly entries: number;
  readonly commits: number;
}

export interface SignedHead {
  /** Signed note of the ledger's authority, over this many entries or fewer than the backup has. */
  readonly note: string;
  readonly verifierKey: string;
}

export interface Manifest {
  readonly format: typeof FORMAT;
  readonly ledger: LedgerId;
  /** Entries, and commits, in all segments. */
  readonly size: number;
  readonly commits: number;
  /** Id of the last commit; null where there is none. */
  readonly commitId: string | null;
  /** Tree root over all entries, base64. */
  readonly root: string;
  /** The right edge of that tree, from which it goes on (merkle.ts). */
  readonly tree: { readonly size: number; readonly hashes: readonly string[] };
  /** Null while no authority has answered. */
  readonly head: SignedHead | null;
  readonly segments: readonly Segment[];
  readonly artifacts: {
    readonly count: number;
    readonly bytes: number;
    readonly list: Digest;
  } | null;
  /** When it was last brought up to date, ISO 8601. */
  readonly takenAt: string;
}

export const pathOf = (folder: string): string => join(folder, 'manifest.json');

const damaged = (folder: string, why: string): Fault =>
  new Fault('log_corrupt', `${pathOf(folder)}: ${why}`, { retryable: false });

/** Null where there is none. @throws Fault log_corrupt when it cannot be one */
export async function readManifest(folder: string): Promise<Manifest | null> {
  let text: string;
  try {
    text = await readFile(pathOf(folder), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw fileFault(pathOf(folder), error);
  }
  let value: Partial<Manifest>;
  try {
    value = JSON.parse(text) as Partial<Manifest>;
  } catch {
    throw damaged(folder, 'is no JSON');
  }
  if (value?.format !== FORMAT) throw damaged(folder, `is not of the format ${FORMAT}`);
  if (!isManifest(value)) throw damaged(folder, 'lacks what a manifest has');
  return value;
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;

function isManifest(value: Partial<Manifest>): value is Manifest {
  const { ledger, size, commits, root, tree, segments, artifacts, head } = value;
  return (
    ledgerId.is(ledger) &&
    isCount(size) &&
    isCount(commits) &&
    typeof root === 'string' &&
    isCount(tree?.size) &&
    Array.isArray(tree?.hashes) &&
    Array.isArray(segments) &&
    segments.every(isSegment) &&
    (head === null || typeof head?.note === 'string') &&
    (artifacts === null || digest.is(artifacts?.list))
  );
}

/** Files stay in their folder, whatever somebody wrote into the manifest. */
const isSegment = (one: Partial<Segment>): boolean =>
  /^commits\/\d{16}\.commits$/.test(one.file ?? '') &&
  digest.is(one.digest) &&
  [one.first, one.entries, one.commits].every(isCount);

export const writeManifest = (folder: string, manifest: Manifest): Promise<void> =>
  writeWhole(pathOf(folder), Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));

/** On the disk under its name, or not at all. @throws Fault */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const beside = `${path}.${randomUUID()}.part`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(beside, 'wx', 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw fileFault(path, error);
  }
}

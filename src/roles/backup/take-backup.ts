/**
 * Takes a backup of a ledger into a folder, or brings one there up to date: the commits that it has
 * not yet, a head that the authority signs where one answers, and the artifacts that it has not yet.
 * The log comes first: what an entry names is in the store before the entry is in the log.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import { openArtifactFolder } from '../../adapters/embedded/artifacts.ts';
import { continuationOf } from '../../commands/apply-commit.ts';
import type { Artifacts } from '../../commands/ports/artifacts.ts';
import type { Channel } from '../../commands/ports/channel.ts';
import type { EventLog } from '../../commands/ports/event-log.ts';
import { Fault } from '../../commands/ports/fault.ts';
import type { StoredCommit } from '../../events/commit.ts';
import { digestOf } from '../../events/digest.ts';
import type { LogPosition } from '../../events/ids.ts';
import { CompactRange } from '../../events/merkle.ts';
import { askAuthority } from '../ask-authority.ts';
import { join } from 'node:path';
import type { Manifest, Segment, SignedHead } from './manifest.ts';
import {
  ARTIFACT_LIST,
  ARTIFACTS,
  FORMAT,
  readManifest,
  writeManifest,
  writeWhole,
} from './manifest.ts';
import { encodeCommit } from './segment.ts';

/** A segment is held in memory while it is made. */
const SEGMENT_BYTES = 16 * 2 ** 20;

export interface BackupOptions {
  readonly log: EventLog;
  readonly artifacts: Artifacts;
  /** Where the authority is asked for a signed head; null: the backup is taken without one. */
  readonly channel: Channel | null;
  readonly folder: string;
  readonly nowMs: () => number;
  readonly onProgress?: (what: 'entries' | 'artifacts', done: number, total: number) => void;
}

export interface BackupTaken {
  readonly manifest: Manifest;
  /** What this time added. */
  readonly entries: number;
  readonly artifacts: number;
}

/** @throws Fault, also log_corrupt when the folder holds a backup of something else */
export async function takeBackup(options: BackupOptions): Promise<BackupTaken> {
  const { log, channel, folder } = options;
  const before = (await readManifest(folder)) ?? emptyManifest(options);
  await mustContinue(log, before);
  const head = channel === null ? before.head : await signedHead(log, channel);
  const withLog = await copyCommits(options, before, head);
  const { manifest, copied } = await copyArtifacts(options, withLog);
  await writeManifest(folder, manifest);
  return { manifest, entries: manifest.size - before.size, artifacts: copied };
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const takenAt = ({ nowMs }: BackupOptions): string => new Date(nowMs()).toISOString();

function emptyManifest(options: BackupOptions): Manifest {
  const tree = CompactRange.empty();
  return {
    format: FORMAT,
    ledger: options.log.ledger,
    size: 0,
    commits: 0,
    commitId: null,
    root: base64(tree.root()),
    tree: tree.serialise(),
    head: null,
    segments: [],
    artifacts: null,
    takenAt: takenAt(options),
  };
}

/** A backup goes on with the log that it was begun with, and with no other one of its name. */
async function mustContinue(log: EventLog, { ledger, commits, commitId }: Manifest): Promise<void> {
  const other = (why: string): Fault =>
    new Fault('log_corrupt', `the folder holds a backup of another log: ${why}`, {
      retryable: false,
    });
  if (ledger !== log.ledger) throw other(`it is of ledger ${ledger}`);
  if (commits === 0) return;
  for await (const commit of log.read((commits - 1) as LogPosition)) {
    if (commit.id !== commitId) throw other(`commit ${commits} is ${commit.id} there`);
    return;
  }
  throw other(`it has ${commits} commits, which this log has not`);
}

/** A log without an authority has no head to show yet. */
async function signedHead(log: EventLog, channel: Channel): Promise<SignedHead> {
  const { checkpoint, verifierKey } = await askAuthority(log, channel, 'head');
  return { note: checkpoint, verifierKey };
}

async function copyCommits(
  options: BackupOptions,
  before: Manifest,
  head: SignedHead | null,
): Promise<Manifest> {
  const { log, folder, onProgress } = options;
  const restored = CompactRange.deserialise(before.tree);
  if (isLeft(restored) || base64(restored.right.root()) !== before.root)
    throw new Fault('log_corrupt', 'the manifest and its tree do not fit', { retryable: false });
  let tree = restored.right;
  let manifest: Manifest = before;
  let held: StoredCommit[] = [];
  let parts: Buffer[] = [];
  let bytes = 0;
  const total = (await log.head()).size;
  const flush = async (): Promise<void> => {
    const [first] = held;
    const last = held.at(-1);
    if (first === undefined || last === undefined) return;
    const content = Buffer.concat(parts);
    const file = `commits/${String(first.first).padStart(16, '0')}.commits`;
    await writeWhole(join(folder, file), content);
    const segment: Segment = {
      file,
      digest: digestOf(content),
      first: first.first,
      entries: tree.size - first.first,
      commits: held.length,
    };
    manifest = {
      ...manifest,
      size: tree.size,
      commits: manifest.commits + held.length,
      commitId: last.id,
      root: base64(tree.root()),
      tree: tree.serialise(),
      segments: [...manifest.segments, segment],
      takenAt: takenAt(options),
    };
    // Whoever is cut off now goes on from here.
    await writeManifest(folder, manifest);
    [held, parts, bytes] = [[], [], 0];
  };
  for await (const commit of log.read(before.commits as LogPosition)) {
    ({ tree } = continuationOf(commit, tree));
    const encoded = encodeCommit(commit);
    held.push(commit);
    parts.push(encoded);
    bytes += encoded.byteLength;
    onProgress?.('entries', tree.size, total);
    if (bytes >= SEGMENT_BYTES) await flush();
  }
  await flush();
  return { ...manifest, head, takenAt: takenAt(options) };
}

async function copyArtifacts(
  { artifacts, folder, onProgress }: BackupOptions,
  manifest: Manifest,
): Promise<{ manifest: Manifest; copied: number }> {
  const to = await openArtifactFolder(join(folder, ARTIFACTS));
  const listed: string[] = [];
  let [bytes, copied] = [0, 0];
  const known = manifest.artifacts?.count ?? 0;
  for await (const { digest, sizeBytes } of artifacts.list()) {
    if (!(await to.has(digest))) {
      await to.put(await artifacts.get(digest));
      copied += 1;
    }
    listed.push(`${digest} ${sizeBytes}\n`);
    bytes += sizeBytes;
    onProgress?.('artifacts', listed.length, Math.max(known, listed.length));
  }
  await to.close();
  const list = Buffer.from(listed.toSorted().join(''));
  await writeWhole(join(folder, ARTIFACT_LIST), list);
  const stored = { count: listed.length, bytes, list: digestOf(list) };
  return { manifest: { ...manifest, artifacts: stored }, copied };
}

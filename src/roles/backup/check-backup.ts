/**
 * Whether a backup is whole: every file has the digest that the manifest gives it, the commits make
 * one tree from the first entry on, with the roots that they state, the signed head stands in it and
 * is of the authority that the ledger was opened by, and every artifact is there under its digest.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openArtifactFolder } from '../../adapters/embedded/artifacts.ts';
import { continuationOf } from '../../commands/apply-commit.ts';
import { Fault } from '../../commands/ports/fault.ts';
import { verifyCheckpoint } from '../../events/checkpoint.ts';
import { digest as digestCodec } from '../../events/codecs.ts';
import type { Commit } from '../../events/commit.ts';
import { digestOf } from '../../events/digest.ts';
import type { Digest, LogPosition } from '../../events/ids.ts';
import { CompactRange } from '../../events/merkle.ts';
import { verifierKeyOf } from '../../events/note.ts';
import { opens } from '../../events/upcast.ts';
import type { Manifest } from './manifest.ts';
import { ARTIFACT_LIST, ARTIFACTS, readManifest } from './manifest.ts';
import { commitsIn } from './segment.ts';

export interface BackupCheck {
  readonly check: 'manifest' | 'commits' | 'tree' | 'signed head' | 'artifacts';
  readonly status: 'ok' | 'failed' | 'absent';
  readonly detail: string;
}

export type OnChecked = (what: 'entries' | 'artifacts', done: number, total: number) => void;

/** Ends with the first check that fails. */
export async function* checkBackup(
  folder: string,
  onProgress: OnChecked = () => undefined,
): AsyncGenerator<BackupCheck, void, void> {
  let check: BackupCheck['check'] = 'manifest';
  const ok = (detail: string): BackupCheck => ({ check, status: 'ok', detail });
  try {
    const manifest = await manifestIn(folder);
    const { ledger, size, commits, root, head, artifacts } = manifest;
    yield ok(`${ledger}: ${size} entries in ${commits} commits, taken ${manifest.takenAt}`);
    check = 'commits';
    const opening = await checkCommits(folder, manifest, onProgress);
    yield ok(`${manifest.segments.length} segments with their digests, every entry decodes`);
    check = 'tree';
    yield ok(`root ${root} over ${size} entries, as every commit states it`);
    check = 'signed head';
    if (head === null) yield { check, status: 'absent', detail: 'no authority answered then' };
    else yield ok(`of ${opening.headSize} entries, by the authority that opened the ledger`);
    check = 'artifacts';
    if (artifacts === null) yield { check, status: 'absent', detail: 'they were not copied yet' };
    else {
      await checkArtifacts(folder, artifacts, onProgress);
      yield ok(`${artifacts.count} with ${artifacts.bytes} bytes, each with its digest`);
    }
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    yield { check, status: 'failed', detail: error.message };
  }
}

const corrupt = (message: string): Fault => new Fault('log_corrupt', message, { retryable: false });
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/** @throws Fault log_not_found | log_corrupt */
export async function manifestIn(folder: string): Promise<Manifest> {
  const manifest = await readManifest(folder);
  if (manifest === null)
    throw new Fault('log_not_found', `there is no backup in ${folder}`, { retryable: false });
  return manifest;
}

/** With their digests checked, in order. @throws Fault log_corrupt */
export async function* commitsOf(folder: string, { segments }: Manifest): AsyncIterable<Commit> {
  for (const { file, digest } of segments) {
    const bytes = await readFile(join(folder, file)).catch((error: Error) => {
      throw corrupt(`${file}: ${error.message}`);
    });
    if (digestOf(bytes) !== digest) throw corrupt(`${file} has not the digest of the manifest`);
    yield* commitsIn(bytes, file);
  }
}

async function checkCommits(
  folder: string,
  manifest: Manifest,
  onProgress: OnChecked,
): Promise<{ headSize: number }> {
  let tree = CompactRange.empty();
  let position = 0;
  let last: string | null = null;
  let key: string | null = null;
  const rootAt = new Map<number, string>();
  for await (const commit of commitsOf(folder, manifest)) {
    position += 1;
    const stored = { ...commit, position: position as LogPosition };
    const next = continuationOf(stored, tree);
    const [first] = next.events;
    if (key === null && first !== undefined && opens(first))
      key = verifierKeyOf(first.data.origin, first.data.authority);
    ({ tree } = next);
    last = commit.id;
    rootAt.set(tree.size, commit.root);
    onProgress('entries', tree.size, manifest.size);
  }
  if (tree.size !== manifest.size || position !== manifest.commits || last !== manifest.commitId)
    throw corrupt(
      `${tree.size} entries in ${position} commits are there, ${manifest.size} are named`,
    );
  if (base64(tree.root()) !== manifest.root)
    throw corrupt('the root is not the one of the manifest');
  if (manifest.head === null) return { headSize: 0 };
  const signed = verifyCheckpoint(key ?? manifest.head.verifierKey, manifest.head.note);
  if (isLeft(signed)) throw corrupt(`the signed head: ${signed.left.message}`);
  const { size, root } = signed.right;
  if (size > 0 && rootAt.get(size) !== base64(root))
    throw corrupt(`the signed head of ${size} entries is of another log`);
  return { headSize: size };
}

/** @throws Fault log_corrupt */
export async function* artifactsOf(
  folder: string,
  list: Digest,
): AsyncIterable<{ readonly digest: Digest; readonly sizeBytes: number }> {
  const bytes = await readFile(join(folder, ARTIFACT_LIST)).catch((error: Error) => {
    throw corrupt(`${ARTIFACT_LIST}: ${error.message}`);
  });
  if (digestOf(bytes) !== list)
    throw corrupt(`${ARTIFACT_LIST} has not the digest of the manifest`);
  for (const line of bytes.toString('utf8').split('\n').slice(0, -1)) {
    const [digest, sizeBytes] = line.split(' ');
    if (!digestCodec.is(digest)) throw corrupt(`${ARTIFACT_LIST}: "${line}"`);
    yield { digest, sizeBytes: Number(sizeBytes) };
  }
}

async function checkArtifacts(
  folder: string,
  { count, list }: NonNullable<Manifest['artifacts']>,
  onProgress: OnChecked,
): Promise<void> {
  const store = await openArtifactFolder(join(folder, ARTIFACTS));
  let checked = 0;
  for await (const { digest } of artifactsOf(folder, list)) {
    // Reading verifies.
    await store.get(digest);
    onProgress('artifacts', (checked += 1), count);
  }
  if (checked !== count) throw corrupt(`${checked} artifacts are listed, ${count} are named`);
}

/**
 * Artifacts as files `artifacts/<first two hex digits>/<hex>`. Invariant: a file under its final name
 * is whole and on the disk (written beside it, synced, renamed), whoever else writes the same bytes.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { artifactMissing, digestOfHex, hexOf, holdsIntact, verified } from '../artifact-digest.ts';
import { fileRange } from '../file-range.ts';
import { artifactsPath, fileFault } from './folder.ts';
import type { ArtifactInfo, Artifacts } from '../../commands/ports/artifacts.ts';
import { digestOf } from '../../events/digest.ts';
import type { Digest } from '../../events/ids.ts';

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

/** Null when there is no such file. */
async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (isMissing(error)) return null;
    throw fileFault(path, error);
  }
}

async function syncFolder(path: string): Promise<void> {
  // Windows cannot open folders; its rename is durable with the file's own flush.
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const beside = `${path}.${randomUUID()}.part`;
  try {
    const made = await mkdir(dirname(path), { recursive: true });
    if (made !== undefined) await syncFolder(dirname(made));
    const file = await open(beside, 'wx');
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(beside, { force: true });
    throw fileFault(path, error);
  }
}

async function namesIn(path: string): Promise<string[]> {
  try {
    return (await readdir(path)).toSorted();
  } catch (error) {
    if (isMissing(error)) return [];
    throw fileFault(path, error);
  }
}

async function* listIn(root: string): AsyncIterable<ArtifactInfo> {
  for (const shelf of await namesIn(root)) {
    for (const name of await namesIn(join(root, shelf))) {
      const digest = digestOfHex(name);
      const sizeBytes = digest === null ? null : await sizeOf(join(root, shelf, name));
      if (digest !== null && sizeBytes !== null) yield { digest, sizeBytes };
    }
  }
}

/** The artifacts of an embedded ledger: `artifacts/` in its folder. */
export const openArtifacts = async (folder: string): Promise<Artifacts> =>
  openArtifactFolder(artifactsPath(folder));

/** Artifacts right in a folder, as exports are laid out. */
export async function openArtifactFolder(root: string): Promise<Artifacts> {
  const pathOf = (digest: Digest): string => {
    const hex = hexOf(digest);
    return join(root, hex.slice(0, 2), hex);
  };
  const get = async (digest: Digest): Promise<Uint8Array> => {
    const path = pathOf(digest);
    const bytes = await readFile(path).catch((error: unknown) => {
      throw isMissing(error) ? artifactMissing(digest) : fileFault(path, error);
    });
    return verified(digest, bytes);
  };
  return {
    put: async (bytes) => {
      const digest = digestOf(bytes);
      if (!(await holdsIntact(get, digest))) await writeWhole(pathOf(digest), bytes);
      return { digest, sizeBytes: bytes.length };
    },
    get,
    range: (digest, start, length) =>
      fileRange(pathOf(digest), start, length).catch((error: unknown) => {
        throw isMissing(error) ? artifactMissing(digest) : fileFault(pathOf(digest), error);
      }),
    has: async (digest) => (await sizeOf(pathOf(digest))) !== null,
    list: () => listIn(root),
    close: async () => undefined,
  };
}

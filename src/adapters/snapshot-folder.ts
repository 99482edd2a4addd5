/**
 * Snapshots of one party in a folder, as files `<size, 16 digits>-<sha256 in hex>.snapshot`.
 * Invariant: a file under its final name was written whole by a rename; nothing is synced, for one
 * that a crash damaged no longer has the digest in its name, and is passed over like one that is not
 * there. What cannot be read is never a fault: the folder can be deleted at any time.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileFault } from './embedded/folder.ts';
import { digestOf } from '../events/digest.ts';
import { SNAPSHOT_BYTES_MAX } from '../projections/snapshot.ts';

/** The newest is the one to start from; the other is there while the newest is being written. */
const KEPT = 2;
const NAME = /^(\d{16})-([0-9a-f]{64})\.snapshot$/;
const PART = '.part';
const PART_MS_MAX = 600_000;

export interface KeptSnapshot {
  /** Entries it covers, as its name says. */
  readonly size: number;
  /** Verified against the digest in its name; null when they do not have it. */
  readonly bytes: Uint8Array | null;
}

export class SnapshotFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Newest first. */
  async *newest(): AsyncIterable<KeptSnapshot> {
    for (const name of await this.#names()) {
      const [, size = '', hex] = NAME.exec(name) ?? [];
      const bytes = await this.#read(name);
      const intact = bytes !== null && digestOf(bytes) === `sha256:${hex}`;
      yield { size: Number(size), bytes: intact ? bytes : null };
    }
  }

  /** @throws Fault storage_full | permission_denied | log_unavailable */
  async put(size: number, bytes: Uint8Array): Promise<void> {
    const hex = digestOf(bytes).slice('sha256:'.length);
    const path = join(this.path, `${String(size).padStart(16, '0')}-${hex}.snapshot`);
    const beside = join(this.path, `${randomUUID()}${PART}`);
    try {
      await mkdir(this.path, { recursive: true, mode: 0o700 });
      await writeFile(beside, bytes, { flag: 'wx', mode: 0o600 });
      await rename(beside, path);
    } catch (error) {
      await rm(beside, { force: true }).catch(() => undefined);
      throw fileFault(this.path, error);
    }
    await this.#prune();
  }

  /** Of snapshots, newest first. */
  async #names(): Promise<string[]> {
    return (await this.#files()).filter((name) => NAME.test(name)).toReversed();
  }

  async #files(): Promise<string[]> {
    const names = await readdir(this.path).catch(() => []);
    return names.toSorted();
  }

  async #read(name: string): Promise<Uint8Array | null> {
    const path = join(this.path, name);
    try {
      const { size } = await stat(path);
      return size > SNAPSHOT_BYTES_MAX ? null : await readFile(path);
    } catch {
      return null;
    }
  }

  async #isOld(name: string): Promise<boolean> {
    const found = await stat(join(this.path, name)).catch(() => null);
    return found !== null && Date.now() - found.mtimeMs > PART_MS_MAX;
  }

  /** Half written ones were left by a crash, unless they are young: a party may stand by for itself. */
  async #prune(): Promise<void> {
    const old = (await this.#names()).slice(KEPT);
    const parts = (await this.#files()).filter((name) => name.endsWith(PART));
    const left: string[] = [];
    for (const name of parts) if (await this.#isOld(name)) left.push(name);
    for (const name of [...old, ...left])
      await rm(join(this.path, name), { force: true }).catch(() => undefined);
  }
}

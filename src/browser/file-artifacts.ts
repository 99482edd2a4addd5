/**
 * Artifacts as files that somebody dropped: read when they are asked for, verified as they are read.
 * Nothing is written. A file counts by its name, 64 hex digits; where it lay does not matter.
 */
import { digestOf } from '../events/digest.ts';
import type { Digest } from '../events/ids.ts';
import type { Artifacts } from '../commands/ports/artifacts.ts';
import { Fault } from '../commands/ports/fault.ts';
import { Finding } from '../roles/audit/check.ts';

const NAME = /^[0-9a-f]{64}$/;

export class FileArtifacts implements Artifacts {
  readonly #files: ReadonlyMap<Digest, Blob>;

  constructor(files: readonly File[]) {
    this.#files = new Map(
      files
        .filter(({ name }) => NAME.test(name))
        .map((file) => [`sha256:${file.name}` as Digest, file]),
    );
  }

  get count(): number {
    return this.#files.size;
  }

  /** All of them against their names. @throws Finding that names those that are something else */
  async check(onProgress: (done: number) => void): Promise<string> {
    const damaged: string[] = [];
    let bytes = 0;
    let done = 0;
    for (const [digest, file] of this.#files) {
      const own = digestOf(await bytesOf(file));
      if (own !== digest) damaged.push(`${digest} holds ${own}`);
      bytes += file.size;
      onProgress((done += 1));
    }
    if (damaged.length > 0) throw new Finding(`damaged: ${damaged.join('; ')}`);
    return `${this.#files.size} files of ${bytes} bytes are what their names say`;
  }

  async get(digest: Digest): Promise<Uint8Array> {
    const file = this.#files.get(digest);
    if (file === undefined)
      throw new Fault('artifact_missing', `${digest} is not among the files`, { retryable: false });
    const bytes = await bytesOf(file);
    const own = digestOf(bytes);
    if (own !== digest)
      throw new Fault('artifact_corrupt', `the file of ${digest} holds ${own}`, {
        retryable: false,
      });
    return bytes;
  }

  has(digest: Digest): Promise<boolean> {
    return Promise.resolve(this.#files.has(digest));
  }

  put(): Promise<never> {
    throw new Error('an audit stores nothing');
  }

  async *list(): AsyncIterable<{ digest: Digest; sizeBytes: number }> {
    for (const [digest, { size }] of this.#files) yield { digest, sizeBytes: size };
  }

  async close(): Promise<void> {}
}

const bytesOf = async (file: Blob): Promise<Uint8Array> => new Uint8Array(await file.arrayBuffer());

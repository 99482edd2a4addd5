/** The entries of a recording as a file that is read where somebody looks: of any length, and not held. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

export interface FileSlice {
  /** Bytes. */
  readonly size: number;
  slice(from: number, end: number): FileSlice;
  arrayBuffer(): Promise<ArrayBuffer>;
}

export interface OpenRecordedFile extends FileSlice {
  close(): void;
}

/**
 * @param attempt does what reads the file, and tells in its own way why it cannot be read
 * @throws Error of the file system, now or where it is read
 */
export function openRecordedFile(
  file: string,
  attempt: <T>(read: () => T) => T = (read) => read(),
): OpenRecordedFile {
  const descriptor = attempt(() => openSync(file, 'r'));
  const { size } = fstatSync(descriptor);
  const slice = (from: number, to: number): FileSlice => {
    const length = Math.max(0, Math.min(to, size) - from);
    const read = (): ArrayBuffer => {
      const bytes = new Uint8Array(length);
      for (let at = 0; at < length;) {
        const count = readSync(descriptor, bytes, at, length - at, from + at);
        if (count === 0) throw new Error('it became shorter while it was read');
        at += count;
      }
      return bytes.buffer;
    };
    return {
      size: length,
      slice: (inner, end) => slice(from + inner, from + Math.min(end, length)),
      arrayBuffer: async () => attempt(read),
    };
  };
  const close = (): void => closeSync(descriptor);
  try {
    // A folder opens, too; only reading tells.
    attempt(() => readSync(descriptor, new Uint8Array(1), 0, 1, 0));
  } catch (error) {
    close();
    throw error;
  }
  return { ...slice(0, size), close };
}

/** The entries of a recording as a file that is read where somebody looks: of any length, and not held. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { reading } from '../terminal/named-files.ts';
import type { RecordedFile } from '../../roles/audit/recorded-lines.ts';
import { baseOf } from './recording-files.ts';

export interface OpenRecordedFile extends RecordedFile {
  close(): void;
}

/** @param path with or without `.ndjson`. @throws Exit file_unreadable */
export function openRecordedFile(path: string): OpenRecordedFile {
  const file = `${baseOf(path)}.ndjson`;
  const descriptor = reading(file, () => openSync(file, 'r'));
  const { size } = fstatSync(descriptor);
  const slice = (from: number, to: number): RecordedFile => {
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
      arrayBuffer: async () => reading(file, read),
    };
  };
  // A folder opens, too; only reading tells.
  reading(file, () => readSync(descriptor, new Uint8Array(1), 0, 1, 0));
  return { ...slice(0, size), close: () => closeSync(descriptor) };
}

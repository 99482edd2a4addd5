/** The entries of a recording as a file that is read where somebody looks: of any length, and not held. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { EXIT, Exit } from '../terminal/exit.ts';
import { unreadable } from '../terminal/unreadable.ts';
import type { RecordedFile } from '../../roles/audit/recorded-lines.ts';
import { baseOf } from './recording-files.ts';

export interface OpenRecordedFile extends RecordedFile {
  close(): void;
}

/** @param path with or without `.ndjson`. @throws Exit failed */
export function openRecordedFile(path: string): OpenRecordedFile {
  const file = `${baseOf(path)}.ndjson`;
  const attempt = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      throw new Exit(EXIT.failed, unreadable(file, error));
    }
  };
  const descriptor = attempt(() => openSync(file, 'r'));
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
      arrayBuffer: async () => attempt(read),
    };
  };
  // A folder opens, too; only reading tells.
  attempt(() => readSync(descriptor, new Uint8Array(1), 0, 1, 0));
  return { ...slice(0, size), close: () => closeSync(descriptor) };
}

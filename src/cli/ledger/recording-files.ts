/** A recording as files: `<name>.ndjson`, `<name>.checkpoint`, `<name>.books.json` (+ digest). */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { digestOf } from '../../events/digest.ts';
import type { Recording } from '../../roles/export.ts';
import { fileBytes } from '../terminal/file-bytes.ts';

/** `base` is the path without extension. */
export function writeRecording(base: string, recording: Recording): void {
  mkdirSync(dirname(base), { recursive: true });
  writeFileSync(`${base}.ndjson`, recording.ndjson);
  writeFileSync(`${base}.checkpoint`, recording.checkpoint);
  writeFileSync(`${base}.books.json`, recording.books);
  writeFileSync(`${base}.books.digest`, `${digestOf(Buffer.from(recording.books))}\n`);
  writeFileSync(`${base}.key`, `${recording.verifierKey}\n`);
}

export interface RecordingFiles {
  readonly ndjson: Uint8Array;
  readonly checkpoint: string;
  readonly books: string | null;
}

/** @param path with or without `.ndjson` */
export function readRecording(path: string): RecordingFiles {
  const base = baseOf(path);
  return {
    ndjson: fileBytes(`${base}.ndjson`),
    checkpoint: fileBytes(`${base}.checkpoint`).toString('utf8'),
    books: existsSync(`${base}.books.json`)
      ? fileBytes(`${base}.books.json`).toString('utf8')
      : null,
  };
}

/** The entries alone: what readers that do not judge the recording need. */
export const readEntries = (path: string): Uint8Array => fileBytes(`${baseOf(path)}.ndjson`);

export const baseOf = (path: string): string => path.replace(/\.ndjson$/, '');

/** A recording as files: `<name>.ndjson`, `<name>.checkpoint`, `<name>.books.json` (+ digest). */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { digestOf } from '../../events/digest.ts';
import type { Recording } from '../../roles/export.ts';
import { fileBytes, writeNamed, writing } from '../terminal/named-files.ts';

/** `base` is the path without extension. */
export function writeRecording(base: string, recording: Recording): void {
  writing(base, () => mkdirSync(dirname(base), { recursive: true }));
  writeNamed(`${base}.ndjson`, recording.ndjson);
  writeNamed(`${base}.checkpoint`, recording.checkpoint);
  writeNamed(`${base}.books.json`, recording.books);
  writeNamed(`${base}.books.digest`, `${digestOf(Buffer.from(recording.books))}\n`);
  writeNamed(`${base}.key`, `${recording.verifierKey}\n`);
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

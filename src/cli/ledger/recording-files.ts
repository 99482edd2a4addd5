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

/** What lies beside the entries. */
export interface BesideEntries {
  readonly checkpoint: string;
  readonly books: string | null;
}

export interface RecordingFiles extends BesideEntries {
  readonly ndjson: Uint8Array;
}

/** @param path with or without `.ndjson` */
export const readRecording = (path: string): RecordingFiles => ({
  ndjson: readEntries(path),
  ...readBeside(path),
});

/** @param path as in `readRecording` */
export function readBeside(path: string): BesideEntries {
  const base = baseOf(path);
  return {
    checkpoint: fileBytes(`${base}.checkpoint`).toString('utf8'),
    books: existsSync(`${base}.books.json`)
      ? fileBytes(`${base}.books.json`).toString('utf8')
      : null,
  };
}

/** The entries alone: what readers that do not judge the recording need. */
export const readEntries = (path: string): Uint8Array => fileBytes(`${baseOf(path)}.ndjson`);

export const baseOf = (path: string): string => path.replace(/\.ndjson$/, '');

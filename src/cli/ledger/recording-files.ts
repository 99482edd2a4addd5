/** A recording as files: `<name>.ndjson`, `<name>.checkpoint`, `<name>.books.json` (+ digest). */
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { digestOf } from '../../events/digest.ts';
import type { Recording } from '../../roles/export.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { fileBytes, reading, writeNamed, writing } from '../terminal/named-files.ts';

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

/** @param path of the recording, with or without `.ndjson` */
export function readBeside(path: string): BesideEntries {
  const base = baseOf(path);
  return {
    checkpoint: fileBytes(`${base}.checkpoint`).toString('utf8'),
    books: existsSync(`${base}.books.json`)
      ? fileBytes(`${base}.books.json`).toString('utf8')
      : null,
  };
}

/** @throws Exit file_unreadable for a folder: which of the recordings in it is meant? */
export function entriesFile(path: string): string {
  const file = `${baseOf(path)}.ndjson`;
  if (existsSync(file) || statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true)
    return file;
  const there = reading(path, () => readdirSync(path)).filter((name) => name.endsWith('.ndjson'));
  const names = there.map((name) => join(path, name)).join(', ') || 'none';
  const message = `${path} is a folder; recordings in it: ${names}`;
  throw new Exit(EXIT.usage, message, 'file_unreadable');
}

export const baseOf = (path: string): string => path.replace(/\.ndjson$/, '');

/** The entries of a recording that a command line names. */
import type { OpenRecordedFile } from '../../adapters/recorded-file.ts';
import { openRecordedFile } from '../../adapters/recorded-file.ts';
import { reading } from '../terminal/named-files.ts';
import { entriesFile } from './recording-files.ts';

/** @param path with or without `.ndjson`. @throws Exit file_unreadable, now or where it is read */
export function openEntries(path: string): OpenRecordedFile {
  const file = entriesFile(path);
  return openRecordedFile(file, (read) => reading(file, read));
}

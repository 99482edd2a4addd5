/** Files and folders that a command line names: what keeps a verb from them has one code, and ends with 2. */
import { closeSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import type { WriteFileOptions } from 'node:fs';
import { Fault } from '../../commands/ports/fault.ts';
import { EXIT, Exit } from './exit.ts';

/** For people: without the system call. */
const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'its permissions do not let this user',
  EPERM: 'its permissions do not let this user',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is a file',
  EEXIST: 'it is there already',
};

/** @param called what the command line says, where that is not the path. @throws Exit file_unreadable */
export const fileBytes = (path: string, called = path): Buffer =>
  reading(called, () => readFileSync(path));

/** What reads `path` by itself. @throws Exit file_unreadable */
export function reading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw unreadable(path, why(error));
  }
}

/** @param otherwise how it ends where it holds no JSON. @throws Exit file_unreadable, or that */
export function fileJson(path: string, otherwise: number = EXIT.usage): unknown {
  const text = fileBytes(path).toString('utf8');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Exit(otherwise, `${path} holds no JSON: ${(error as SyntaxError).message}`);
  }
}

/** @throws Exit file_unreadable, where it is no folder either */
export function mustBeFolder(path: string): void {
  let isFolder: boolean;
  try {
    isFolder = statSync(path).isDirectory();
  } catch (error) {
    throw unreadable(path, why(error).replace('file', 'folder'));
  }
  if (!isFolder) throw unreadable(path, 'it is no folder');
}

/** @throws Exit file_unwritable; Fault storage_full */
export function writeNamed(
  path: string,
  content: string | Uint8Array,
  options: WriteFileOptions = {},
): void {
  writing(path, () => writeFileSync(path, content, options));
}

/** Before long work whose result goes there. @throws Exit file_unwritable */
export const mustBeWritable = (path: string): void =>
  writing(path, () => closeSync(openSync(path, 'a')));

/** What writes to `path` by itself. @throws Exit file_unwritable; Fault storage_full */
export function writing<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    const what = `cannot write ${path}: ${why(error)}`;
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC')
      throw new Fault('storage_full', what, { retryable: true, cause: error });
    throw new Exit(EXIT.usage, what, 'file_unwritable');
  }
}

const unreadable = (path: string, reason: string): Exit =>
  new Exit(EXIT.usage, `cannot read ${path}: ${reason}`, 'file_unreadable');

const why = (error: unknown): string => {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return WHY[code] ?? message;
};

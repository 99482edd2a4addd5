/** Files that a command line names. */
import { readFileSync } from 'node:fs';
import { EXIT, Exit } from './exit.ts';
import { unreadable } from './unreadable.ts';

/** @param called what the command line says, where that is not the path. @throws Exit failed */
export function fileBytes(path: string, called = path): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Exit(EXIT.failed, unreadable(called, error));
  }
}

/**
 * `log.head`: how far the log had got when it last acknowledged a commit, in one line beside it. A
 * write-ahead log that is cut, zeroed or taken away looks to SQLite like one that ended earlier, and
 * so does an older copy of the whole file; against the mark it is a log that lost what it promised.
 *
 *   <position> <size> <root> <CRC-32 in hex>, padded with blanks and ended by a newline
 *
 * Invariant: the mark is a lower bound. It is written after the commit is on the disk and before the
 * append is answered, without waiting for the disk: a power cut may leave an older one, which still
 * holds, and costs an append no sync. Writers may overwrite each other's marks in any order.
 */
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { fileFault } from './folder.ts';
import { Fault } from '../../commands/ports/fault.ts';
import type { StoredCommit } from '../../events/commit.ts';

/** Within one sector: it reaches the disk whole or not at all. */
const MARK_BYTES = 128;
const FORM = /^(\d{1,16}) (\d{1,16}) ([A-Za-z0-9+/]{43}=) ([0-9a-f]{8}) *\n$/;
/** A mark read while another process writes it may be half of each. */
const READS_MAX = 4;

/** What is known of the commit that was last acknowledged. */
export interface HeadMark {
  readonly position: number;
  /** Entries up to it, its own included. */
  readonly size: number;
  /** Base64. */
  readonly root: string;
}

export const headMarkPath = (folder: string): string => join(folder, 'log.head');

export const markOf = ({ position, first, count, root }: StoredCommit): HeadMark => ({
  position,
  size: first + count,
  root,
});

const sumOf = (text: string): string => crc32(text).toString(16).padStart(8, '0');

function textOf({ position, size, root }: HeadMark): string {
  const text = `${position} ${size} ${root}`;
  return `${`${text} ${sumOf(text)}`.padEnd(MARK_BYTES - 1)}\n`;
}

/** Null where there is none, or where a power cut left a file whose bytes never arrived. */
export function readHeadMark(folder: string): HeadMark | null {
  const path = headMarkPath(folder);
  for (let reads = 0; reads < READS_MAX; reads++) {
    const bytes = bytesAt(path);
    if (bytes === null || bytes.every((byte) => byte === 0)) return null;
    const [, position = '', size = '', root = '', sum] = FORM.exec(bytes.toString('latin1')) ?? [];
    const mark = { position: Number(position), size: Number(size), root };
    const whole = sum === sumOf(`${position} ${size} ${root}`);
    if (whole && Number.isSafeInteger(mark.position)) return mark;
  }
  throw new Fault(
    'log_corrupt',
    `${path} is damaged. Audit the log; if all that is known to be in it is there, remove this file.`,
    { retryable: false },
  );
}

function bytesAt(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw fileFault(path, error);
  }
}

export class HeadMarkFile {
  readonly #path: string;
  readonly #file: number;
  #position = 0;

  /** Made where it is missing. @throws Fault permission_denied | storage_full | log_unavailable */
  constructor(folder: string) {
    this.#path = headMarkPath(folder);
    try {
      // 'a+' would append whatever the position; 'r+' does not create.
      closeSync(openSync(this.#path, 'a'));
      this.#file = openSync(this.#path, 'r+');
    } catch (error) {
      throw fileFault(this.#path, error);
    }
  }

  advance(mark: HeadMark): void {
    if (mark.position <= this.#position) return;
    try {
      writeSync(this.#file, textOf(mark), 0, 'latin1');
      this.#position = mark.position;
    } catch {
      // No room, or a bad disk: the older mark holds as well, and the commit itself is stored.
    }
  }

  close(): void {
    try {
      fsyncSync(this.#file);
    } catch {
      // As above.
    }
    closeSync(this.#file);
  }
}

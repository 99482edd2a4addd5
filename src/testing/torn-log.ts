/**
 * The files of an embedded log after a crash, damaged as disks and people damage them: cut, zeroed,
 * flipped, torn between old and new at sector and page boundaries, taken away. Invariant: whatever
 * was done, the log either opens and holds exactly what was acknowledged, or opening or reading it
 * is a fault; `outcomeOf` says which.
 */
import assert from 'node:assert';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { frameOf } from './contracts/commits.ts';
import { appendUntilKilled, crashCommit, readCrashLog } from './crash-log.ts';
import { Chance } from './fuzz/chance.ts';
import { Fault } from '../commands/ports/fault.ts';

export const SECTOR_BYTES = 512;
export const PAGE_BYTES = 4096;

/** By name, everything in the folder. */
export type LogFiles = ReadonlyMap<string, Uint8Array>;

export interface CrashedLog {
  readonly files: LogFiles;
  /** Ids of its commits, in order. */
  readonly ids: readonly string[];
  /** How many of them were acknowledged: one more may be stored, which nobody was promised. */
  readonly acknowledged: number;
}

/** What a process left that closed its log now and then and was killed while it was open. */
export async function crashedLog(folder: string): Promise<CrashedLog> {
  for (let round = 0; round < 50; round++) {
    const told = await appendUntilKilled(folder, `r${round}`, { acknowledged: 30 });
    const files = new Map<string, Uint8Array>();
    for (const name of await readdir(folder)) files.set(name, await readFile(join(folder, name)));
    const ids = (await readCrashLog(folder)).map(({ id }) => id as string);
    const [file, wal] = ['log.sqlite', 'log.sqlite-wal'].map(
      (name) => files.get(name)?.length ?? 0,
    );
    // Something in each: else it died while it was closing, and there is little to damage.
    if ((file ?? 0) > 10 * PAGE_BYTES && (wal ?? 0) > 10 * PAGE_BYTES) {
      return { files, ids, acknowledged: 1 + ids.indexOf(told.at(-1) ?? '') };
    }
  }
  assert.fail('an appender is killed at work at least once in fifty times');
}

export interface TornCase {
  readonly kind: string;
  readonly what: string;
  readonly files: LogFiles;
}

const edited = (files: LogFiles, name: string, edit: (bytes: Uint8Array) => Uint8Array): LogFiles =>
  new Map(files).set(name, edit(new Uint8Array(files.get(name) ?? [])));

const without = (files: LogFiles, ...names: readonly string[]): LogFiles =>
  new Map([...files].filter(([name]) => !names.includes(name)));

/** Every way to lose files, alone and together. */
export function* lostFiles({ files }: CrashedLog): Generator<TornCase, void, void> {
  const beside = [...files.keys()].filter((name) => name !== 'log.sqlite');
  for (let set = 1; set < 2 ** beside.length; set++) {
    const lost = beside.filter((_, index) => (set & (1 << index)) !== 0);
    yield { kind: 'lost', what: lost.join(', '), files: without(files, ...lost) };
  }
}

/** A cut, a zeroed stretch and a torn one at each boundary of each file. */
export function* tornFiles(
  { files }: CrashedLog,
  stepBytes: number,
): Generator<TornCase, void, void> {
  for (const [name, bytes] of files) {
    for (let at = 0; at < bytes.length; at += stepBytes) {
      const what = `${name} at ${at}`;
      const change = (kind: string, edit: (copy: Uint8Array) => Uint8Array): TornCase => ({
        kind: `${kind} ${name}`,
        what,
        files: edited(files, name, edit),
      });
      const end = Math.min(bytes.length, at + stepBytes);
      yield change('cut', (copy) => copy.subarray(0, at));
      yield change('zeroed', (copy) => copy.fill(0, at, end));
      // What stood a page before: a write that reached the disk in part, over older bytes.
      const older = Math.max(0, at - PAGE_BYTES);
      yield change('torn', (copy) => copy.copyWithin(at, older, older + (end - at)));
    }
  }
}

export function* flippedFiles(
  { files }: CrashedLog,
  seed: number,
  flips: number,
): Generator<TornCase, void, void> {
  const names = [...files.keys()];
  for (let n = 0; n < flips; n++) {
    const chance = new Chance(seed, 'flip', n);
    const name = chance.of(names);
    const bit = chance.below((files.get(name)?.length ?? 0) * 8 || 1);
    yield {
      kind: `flipped ${name}`,
      what: `${name} bit ${bit}`,
      files: edited(files, name, (copy) => {
        copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        return copy;
      }),
    };
  }
}

export type Outcome = 'whole' | `fault ${string}` | 'fewer' | 'other';

/** @param folder is emptied first */
export async function outcomeOf(
  { files }: TornCase,
  { ids, acknowledged }: CrashedLog,
  folder: string,
): Promise<Outcome> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const [name, bytes] of files) await writeFile(join(folder, name), bytes);
  try {
    const commits = await readCrashLog(folder);
    let size = 0;
    for (const [index, commit] of commits.entries()) {
      const expected = crashCommit(ids[index] ?? '', size);
      if (JSON.stringify(frameOf(commit)) !== JSON.stringify(frameOf(expected))) return 'other';
      size += commit.count;
    }
    return commits.length < acknowledged ? 'fewer' : 'whole';
  } catch (error) {
    if (error instanceof Fault) return `fault ${error.code}`;
    throw error;
  }
}

/**
 * Where the reading verbs get their entries: a live ledger (`--log`, `--ledger`) or a recording (a
 * path). Both give stored lines in order, in chunks; a live one says the root after each chunk and can
 * be followed on. Invariant: nothing of the lines is held here, and whoever keeps one copies it, for it
 * is a view of its chunk.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import type { Command } from 'commander';
import { splitRecording } from '../../events/recording.ts';
import { unpackCommit } from '../../events/commit-codec.ts';
import type { StoredCommit } from '../../events/commit.ts';
import { LOG_START } from '../../events/ids.ts';
import { Fault } from '../../commands/ports/fault.ts';
import { redacted } from '../../roles/telemetry/redaction.ts';
import { countLines, piecesOf } from '../../roles/audit/recorded-lines.ts';
import { withLedgerIfAny } from '../context/setting-option.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { progress } from '../terminal/output.ts';
import { openAt } from './ledger-options.ts';
import { openEntries } from './recorded-file.ts';
import { baseOf } from './recording-files.ts';

export interface SourceOptions {
  readonly log?: string;
  readonly ledger: string;
  readonly recording?: string;
  readonly quiet?: boolean;
}

export interface Chunk {
  /** Without their newlines. */
  readonly lines: readonly Uint8Array[];
  /** What the log states as the root after these lines, base64; null in a recording. */
  readonly root: string | null;
}

export interface Source {
  /** For people. */
  readonly where: string;
  /** Path of the recording without extension; null for a live ledger. */
  readonly base: string | null;
  /** Entries there are now. */
  readonly size: number;
  chunks(): AsyncIterable<Chunk>;
  /** `chunks` and then what lands later, until aborted. */
  follow(signal: AbortSignal): AsyncIterable<Chunk>;
  close(): Promise<void>;
}

/** The options by which a verb that only reads finds its entries. */
export const withSource = (command: Command): Command =>
  withLedgerIfAny(
    command.option('--recording <path>', 'read a recording, with or without .ndjson'),
    'read a live ledger: file:./run.daybook/ledger or nats://host:4222',
    ['recording'],
  );

/** @param path a positional recording, where the verb takes one */
export async function openSource(options: SourceOptions, path?: string): Promise<Source> {
  const recording = path ?? options.recording;
  if (path !== undefined && options.recording !== undefined)
    throw new Exit(EXIT.usage, 'name the recording once: as an argument or as --recording');
  if ((recording === undefined) === (options.log === undefined))
    throw new Exit(
      EXIT.usage,
      recording === undefined
        ? 'say what to read: --recording <path>, or --log <url> of a live ledger'
        : 'a recording and --log are two sources; give one of them',
    );
  const source =
    recording === undefined
      ? await liveSource({ log: options.log as string, ledger: options.ledger })
      : await recordingSource(recording);
  return { ...source, chunks: () => tellingProgress(source, options.quiet) };
}

/**
 * Says how far the reader is, its own work between two chunks included. The line is gone before the
 * last chunk is handed out: what is printed then begins a line.
 */
async function* tellingProgress(source: Source, quiet = false): AsyncIterable<Chunk> {
  const bar = progress(quiet);
  let read = 0;
  try {
    for await (const chunk of source.chunks()) {
      bar.show('entries', read, source.size);
      read += chunk.lines.length;
      if (read >= source.size) bar.clear();
      yield chunk;
    }
  } finally {
    bar.clear();
  }
}

/** It is read once beforehand, to know how many entries there are. */
async function recordingSource(path: string): Promise<Source> {
  const file = openEntries(path);
  const { count, isCut } = await countLines(file);
  if (count === 0) {
    file.close();
    throw new Exit(EXIT.failed, `${path} holds no entries`);
  }
  async function* chunks(): AsyncIterable<Chunk> {
    if (isCut)
      throw new Fault('log_corrupt', `Entry ${count - 1} is cut off: no newline ends it.`, {
        retryable: false,
      });
    for await (const piece of piecesOf(file))
      yield { lines: [...splitRecording(piece)], root: null };
  }
  return {
    where: path,
    base: baseOf(path),
    size: count,
    chunks,
    follow: chunks,
    close: async () => file.close(),
  };
}

async function liveSource(options: { log: string; ledger: string }): Promise<Source> {
  const parts = await openAt(options, { create: false });
  const { size } = await parts.log.head();
  async function* each(commits: AsyncIterable<StoredCommit>): AsyncIterable<Chunk> {
    for await (const commit of commits) yield chunkOf(commit);
  }
  return {
    where: `${options.ledger} at ${redacted(options.log)}`,
    base: null,
    size,
    chunks: () => each(parts.log.read(LOG_START)),
    follow: (signal) => each(parts.log.follow(LOG_START, signal)),
    close: () => parts.close(),
  };
}

function chunkOf(commit: StoredCommit): Chunk {
  const lines = unpackCommit(commit);
  if (isLeft(lines))
    throw new Fault('log_corrupt', `Commit ${commit.id}: ${lines.left.message}`, {
      retryable: false,
    });
  return { lines: lines.right, root: commit.root };
}

/** Runs with an open source and closes it, whatever happens. */
export async function withOpenSource<T>(
  options: SourceOptions,
  path: string | undefined,
  work: (source: Source) => Promise<T>,
): Promise<T> {
  const source = await openSource(options, path);
  try {
    return await work(source);
  } finally {
    await source.close();
  }
}

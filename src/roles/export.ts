/**
 * Export: the recording of a ledger with a checkpoint of exactly its size, and the books that the
 * authority held at that size. The authority's one answer fixes all three; the log gives the lines.
 */
import type { Artifacts } from '../commands/ports/artifacts.ts';
import type { Channel } from '../commands/ports/channel.ts';
import type { EventLog } from '../commands/ports/event-log.ts';
import { Fault } from '../commands/ports/fault.ts';
import { LOG_START } from '../events/ids.ts';
import { askAuthority } from './ask-authority.ts';

export interface Recording {
  readonly ndjson: Uint8Array;
  readonly checkpoint: string;
  readonly verifierKey: string;
  /** Canonical JSON of the authority's live books at the checkpoint. */
  readonly books: string;
  readonly size: number;
}

export interface ExportSource {
  readonly log: EventLog;
  readonly artifacts: Artifacts;
  readonly channel: Channel;
}

/** Told of entries read, and how many there will be. */
export type OnRead = (what: 'entries', done: number, total: number) => void;

export async function exportRecording(
  { log, artifacts, channel }: ExportSource,
  onRead: OnRead = () => undefined,
): Promise<Recording> {
  const answer = await askAuthority(log, channel, 'books');
  const { size, checkpoint, verifierKey, digest } = answer;
  const books = Buffer.from(await artifacts.get(digest)).toString('utf8');
  return { ndjson: await linesOf(log, size, onRead), checkpoint, verifierKey, books, size };
}

/** The first `size` entries as NDJSON; commits end where the authority's answer does. */
export async function linesOf(
  log: EventLog,
  size: number,
  onRead: OnRead = () => undefined,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let entries = 0;
  for await (const commit of log.read(LOG_START)) {
    if (entries >= size) break;
    parts.push(commit.payload);
    entries += commit.count;
    onRead('entries', entries, size);
  }
  if (entries !== size)
    throw new Fault('log_corrupt', `the log gives ${entries} entries where ${size} are signed`, {
      retryable: false,
    });
  return Buffer.concat(parts);
}

/**
 * Whether what a NATS server has acknowledged survives a loss of power. Clients are not told how
 * soon it writes through to the disk, its monitoring address is; a stream tells its storage, its
 * replicas and whether it acknowledges before it writes. What cannot be known is a warning that says
 * how to find out.
 */
import type { DoctorFinding } from './finding.ts';
import { fail, messageOf, ok, warn } from './finding.ts';

export type Flushing =
  | { readonly kind: 'always' }
  | { readonly kind: 'interval'; readonly seconds: number }
  | { readonly kind: 'untold'; readonly why: string };

export interface StreamKeeping {
  readonly storage: string;
  readonly replicas: number;
  /** Acknowledges before it has written (persist_mode: async; servers from 2.12 on). */
  readonly isAsync: boolean;
}

const REPLICAS_SAFE = 3;
const TIMEOUT_MS = 3000;
const NANOS_A_SECOND = 1e9;
const REMEDY =
  'set sync_interval: always in the jetstream block, or keep three replicas: ?replicas=3';

export function durability(stream: StreamKeeping, flushing: Flushing): DoctorFinding {
  const { storage, replicas, isAsync } = stream;
  if (storage !== 'file')
    return fail('fsync', `the log is kept in ${storage}`, 'a restart forgets it: keep it in files');
  if (isAsync)
    return fail(
      'fsync',
      'the stream acknowledges before it writes (persist_mode: async)',
      'make the ledger on a stream without it; this setting cannot be trusted with one',
    );
  if (flushing.kind === 'always')
    return ok('fsync', 'every write reaches the disk before it is acknowledged');
  const told = flushing.kind === 'interval' ? `flushed every ${flushing.seconds} s` : flushing.why;
  if (replicas >= REPLICAS_SAFE)
    return ok('fsync', `${told}; ${replicas} replicas, unless all lose power at once`);
  return flushing.kind === 'interval'
    ? warn('fsync', `${told}, one copy: a power cut takes acknowledged entries`, REMEDY)
    : warn(
        'fsync',
        `${told}, and there is one copy`,
        `name the server's monitoring address: --monitor http://host:8222; or ${REMEDY}`,
      );
}

interface ServerReport {
  readonly server_id?: string;
  readonly jetstream?: {
    readonly config?: { readonly sync_interval?: number; readonly sync_always?: boolean };
  };
}

/** @param serverId of the server that holds the log: another's answer says nothing about it */
export async function flushingOf(
  monitor: string | undefined,
  serverId: string | undefined,
): Promise<Flushing> {
  if (monitor === undefined) return { kind: 'untold', why: 'not told to clients' };
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(new URL('/varz', monitor), { signal });
    const { server_id, jetstream } = (await response.json()) as ServerReport;
    if (server_id !== serverId)
      return { kind: 'untold', why: `${monitor} is the address of another server` };
    const { sync_always: always, sync_interval: interval } = jetstream?.config ?? {};
    if (always === true) return { kind: 'always' };
    if (interval === undefined) return { kind: 'untold', why: 'not told by this version' };
    return { kind: 'interval', seconds: interval / NANOS_A_SECOND };
  } catch (error) {
    return { kind: 'untold', why: `${monitor}: ${messageOf(error)}` };
  }
}

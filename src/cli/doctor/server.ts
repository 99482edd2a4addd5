/**
 * A NATS server under a ledger: version, JetStream, streams as declared, how soon writes reach the
 * disk as far as it tells, its clock, and what this connection may do there.
 */
import { logStream, stepsStream, subjectsOf } from '../../adapters/nats/declarations.ts';
import type { StreamDeclaration } from '../../adapters/nats/declarations.ts';
import type { Link } from '../../adapters/nats/link.ts';
import { differences, openLink, SERVER_FLOOR } from '../../adapters/nats/link.ts';
import { isNotNext, natsFault } from '../../adapters/nats/nats-fault.ts';
import { MAX_COMMIT_BYTES } from '../../events/commit.ts';
import type { LedgerId } from '../../events/ids.ts';
import type { DoctorFinding } from './finding.ts';
import { fail, messageOf, ok, warn } from './finding.ts';
import { failed } from './ledger.ts';

const PATIENCE_MS = 3000;
const SKEW_MS_MAX = 1000;
const REPLICAS_SAFE = 3;

export async function* serverFindings(
  url: string,
  ledger: LedgerId,
  monitor: string | undefined,
): AsyncIterable<DoctorFinding> {
  let link: Link;
  try {
    link = await openLink(url, { create: false, patienceMs: PATIENCE_MS });
  } catch (error) {
    yield failed('server', error);
    return;
  }
  try {
    yield ok(
      'server',
      `nats-server ${link.nc.info?.version} at ${link.nc.getServer()} (floor ${SERVER_FLOOR}), JetStream on`,
    );
    yield payload(link);
    const log = logStream(ledger);
    const replicas = yield* streamFindings(link, 'log stream', log);
    yield* streamFindings(link, 'steps stream', stepsStream(ledger));
    yield await fsync(replicas ?? 1, monitor);
    if (replicas === null) return;
    yield await skew(link, log);
    yield await mayAppend(link, ledger, log);
  } finally {
    await link.close();
  }
}

function payload({ messageBytesMax }: Link): DoctorFinding {
  const detail = `max_payload ${messageBytesMax} bytes`;
  return messageBytesMax > MAX_COMMIT_BYTES
    ? ok('payload', detail)
    : warn('payload', detail, 'large commits are refused (commit_too_large): set max_payload 1MB');
}

/** One line a stream; gives its replicas, null when it is not there. */
async function* streamFindings(
  link: Link,
  check: string,
  declared: StreamDeclaration,
): AsyncGenerator<DoctorFinding, number | null> {
  try {
    const found = await differences(link, declared);
    const { config, state } = await link.jsm.streams.info(declared.name);
    const detail = `${declared.name}: ${state.messages} messages, ${config.num_replicas} replica(s)`;
    yield found.length === 0
      ? ok(check, `${detail}, as declared`)
      : fail(
          check,
          `${declared.name}: ${found.join('; ')}`,
          'set it as streams/*.json say: a stream that can forget is no ledger',
        );
    return config.num_replicas;
  } catch (error) {
    yield failed(check, natsFault(`Stream ${declared.name}`, error, 'log_unavailable'));
    return null;
  }
}

interface ServerReport {
  readonly jetstream?: {
    readonly config?: { readonly sync_interval?: number; readonly sync_always?: boolean };
  };
}

const NANOS_A_SECOND = 1e9;
const FSYNC_ADVICE =
  'set sync_interval: always in the jetstream block, or keep three replicas: ?replicas=3';

/** Clients are not told; the monitoring address is. */
async function fsync(replicas: number, monitor: string | undefined): Promise<DoctorFinding> {
  const spread = replicas >= REPLICAS_SAFE;
  if (monitor === undefined)
    return spread
      ? ok('fsync', `not told to clients; ${replicas} replicas guard what was acknowledged`)
      : warn(
          'fsync',
          'not told to clients, and one server holds the only copy',
          `name its monitoring address with --monitor http://host:8222, and ${FSYNC_ADVICE}`,
        );
  try {
    const response = await fetch(new URL('/varz', monitor), {
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const { jetstream } = (await response.json()) as ServerReport;
    const { sync_always: always, sync_interval: interval } = jetstream?.config ?? {};
    if (always === true)
      return ok('fsync', 'every write reaches the disk before it is acknowledged');
    const seconds = interval === undefined ? 'unknown' : `${interval / NANOS_A_SECOND} s`;
    const detail = `every ${seconds}, ${replicas} replica(s)`;
    return spread ? ok('fsync', detail) : warn('fsync', detail, FSYNC_ADVICE);
  } catch (error) {
    return warn('fsync', `${monitor}: ${messageOf(error)}`, 'check the monitoring address');
  }
}

/** Half the round trip is the error of the measurement. */
async function skew(link: Link, { name }: StreamDeclaration): Promise<DoctorFinding> {
  const beforeMs = Date.now();
  const { ts } = await link.jsm.streams.info(name);
  const afterMs = Date.now();
  if (ts === undefined) return ok('server clock', 'not told by this version');
  const offMs = Math.round(Date.parse(ts) - (beforeMs + afterMs) / 2);
  const detail = `${Math.abs(offMs)} ms ${offMs < 0 ? 'behind' : 'ahead of'} this machine`;
  return Math.abs(offMs) <= SKEW_MS_MAX
    ? ok('server clock', detail)
    : warn('server clock', detail, 'let both follow NTP');
}

/**
 * By asking for an append that no log can grant: the position it expects is past every end, so the
 * answer is a refusal of the place, or of the right.
 */
async function mayAppend(
  link: Link,
  ledger: LedgerId,
  { name }: StreamDeclaration,
): Promise<DoctorFinding> {
  try {
    await link.js.publish(subjectsOf(ledger).log, new Uint8Array(), {
      expect: { streamName: name, lastSequence: Number.MAX_SAFE_INTEGER },
      timeout: PATIENCE_MS,
    });
    return fail(
      'append',
      'the server does not hold to expected positions',
      'do not use this server',
    );
  } catch (error) {
    if (isNotNext(error))
      return ok('append', 'this login may append: right for the authority, too much for others');
    const fault = natsFault('Appending', error, 'log_unavailable');
    return fault.code === 'permission_denied'
      ? ok('append', 'this login may not append: right for every role but the authority')
      : failed('append', fault);
  }
}

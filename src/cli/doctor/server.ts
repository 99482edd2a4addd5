/**
 * A NATS server under a ledger: version, JetStream, streams as declared, how soon writes reach the
 * disk as far as it tells, its clock, and what this connection may do there.
 */
import { logMirror, logStream, stepsStream, subjectsOf } from '../../adapters/nats/declarations.ts';
import type { StreamDeclaration } from '../../adapters/nats/declarations.ts';
import type { Link } from '../../adapters/nats/link.ts';
import { differences, isMirror, openLink, SERVER_FLOOR } from '../../adapters/nats/link.ts';
import { isNotNext, natsFault } from '../../adapters/nats/nats-fault.ts';
import { MAX_COMMIT_BYTES } from '../../events/commit.ts';
import type { LedgerId } from '../../events/ids.ts';
import type { DoctorFinding } from './finding.ts';
import { durability, flushingOf, type StreamKeeping } from './durability.ts';
import { fail, ok, warn } from './finding.ts';
import { failed } from './ledger.ts';
import { replicas } from './replicas.ts';

const PATIENCE_MS = 3000;
const SKEW_MS_MAX = 1000;

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
    const log = await declaredLog(link, ledger);
    const keeping = yield* streamFindings(link, 'log stream', log);
    yield* streamFindings(link, 'steps stream', stepsStream(ledger));
    if (keeping === null) return;
    yield durability(keeping, await flushingOf(monitor, link.nc.info?.server_id));
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

/** Readers in an account apart see a mirror in place of the log. */
async function declaredLog(link: Link, ledger: LedgerId): Promise<StreamDeclaration> {
  const log = logStream(ledger);
  return (await isMirror(link, log.name).catch(() => false)) ? logMirror(ledger) : log;
}

/** What there is to say of a stream; gives how it is kept, null when it is not there. */
async function* streamFindings(
  link: Link,
  check: string,
  declared: StreamDeclaration,
): AsyncGenerator<DoctorFinding, StreamKeeping | null> {
  try {
    const found = await differences(link, declared);
    const { config, state, cluster } = await link.jsm.streams.info(declared.name);
    const detail = `${declared.name}: ${state.messages} messages, ${config.num_replicas} replica(s)`;
    yield found.length === 0
      ? ok(check, `${detail}, as declared`)
      : fail(
          check,
          `${declared.name}: ${found.join('; ')}`,
          'set it as streams/*.json say: a stream that can forget is no ledger',
        );
    if (cluster !== undefined && config.num_replicas > 1) yield replicas(declared.name, cluster);
    const { persist_mode: mode } = config as { readonly persist_mode?: string };
    return {
      storage: config.storage,
      replicas: config.num_replicas,
      isAsync: mode === 'async',
    };
  } catch (error) {
    yield failed(check, natsFault(`Stream ${declared.name}`, error, 'log_unavailable', link.login));
    return null;
  }
}

async function skew(link: Link, { name }: StreamDeclaration): Promise<DoctorFinding> {
  const beforeMs = Date.now();
  const { ts } = await link.jsm.streams.info(name);
  const afterMs = Date.now();
  return ts === undefined
    ? ok('server clock', 'not told by this version')
    : clockFinding(Date.parse(ts), beforeMs, afterMs);
}

/** Half the round trip is the error of the measurement. */
export function clockFinding(tsMs: number, beforeMs: number, afterMs: number): DoctorFinding {
  const offMs = Math.round(tsMs - (beforeMs + afterMs) / 2);
  const detail = `${Math.abs(offMs)} ms ${offMs < 0 ? 'behind' : 'ahead of'} this machine`;
  return Math.abs(offMs) <= SKEW_MS_MAX + (afterMs - beforeMs) / 2
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
    const fault = natsFault('Appending', error, 'log_unavailable', link.login);
    return fault.code === 'permission_denied'
      ? ok('append', 'this login may not append: right for every role but the authority')
      : failed('append', fault);
  }
}

/** What holds for a ledger on any log: it opens, it can be read, its authority answers. */
import type { OpenLedger } from '../../adapters/open.ts';
import { decodeEvent } from '../../events/decode-event.ts';
import type { LedgerEvent } from '../../events/catalogue.ts';
import { verifyCheckpoint } from '../../events/checkpoint.ts';
import { unpackCommit } from '../../events/commit-codec.ts';
import { msOfTime } from '../../events/entry.ts';
import type { LogPosition } from '../../events/ids.ts';
import { LOG_START } from '../../events/ids.ts';
import { verifierKeyOf } from '../../events/note.ts';
import { opens } from '../../events/upcast.ts';
import { Fault, FAULTS } from '../../commands/ports/fault.ts';
import type { LogHead } from '../../commands/ports/event-log.ts';
import type { Answer } from '../../roles/query.ts';
import { decodeAnswer, encodeQuery } from '../../roles/query.ts';
import type { LedgerOptions } from '../ledger/ledger-options.ts';
import { openAt } from '../ledger/ledger-options.ts';
import type { DoctorFinding } from './finding.ts';
import { fail, messageOf, ok, warn } from './finding.ts';

const ANSWER_MS = 3000;
const AHEAD_MS_MAX = 2000;

/** A fault with the remedy that its code has in the catalogue. */
export const failed = (check: string, error: unknown): DoctorFinding =>
  error instanceof Fault
    ? fail(check, `${error.code}: ${error.message}`, FAULTS[error.code])
    : fail(check, messageOf(error), 'see the message');

export async function* ledgerFindings(options: LedgerOptions): AsyncIterable<DoctorFinding> {
  let parts: OpenLedger;
  try {
    parts = await openAt(options, { create: false });
  } catch (error) {
    yield failed('ledger', error);
    return;
  }
  try {
    const head = await parts.log.head();
    yield ok('ledger', `${options.ledger}: ${head.size} entries in ${head.position} commits`);
    if (head.size === 0) {
      yield warn('authority', 'the ledger is not open yet', 'start: daybook authority --operator');
      return;
    }
    const [first, last] = [await entryAt(parts, LOG_START), await lastEntry(parts, head)];
    yield clockOf(last);
    yield await authority(parts, first);
    yield await leader(parts);
  } catch (error) {
    yield failed('ledger', error);
  } finally {
    await parts.close();
  }
}

const lastEntry = (parts: OpenLedger, { position }: LogHead): Promise<LedgerEvent> =>
  entryAt(parts, (position - 1) as LogPosition, -1);

/** The entry at a place in the commit that follows a position. */
async function entryAt({ log }: OpenLedger, after: LogPosition, place = 0): Promise<LedgerEvent> {
  for await (const commit of log.read(after)) {
    const lines = unpackCommit(commit);
    const line = lines._tag === 'Right' ? lines.right.at(place) : undefined;
    const event = line === undefined ? undefined : decodeEvent(line);
    if (event?._tag === 'Right') return event.right;
    throw new Fault('log_corrupt', `commit ${commit.id} does not decode`, { retryable: false });
  }
  throw new Fault('log_corrupt', `nothing follows position ${after}`, { retryable: false });
}

function clockOf({ time, sequence }: LedgerEvent): DoctorFinding {
  const aheadMs = msOfTime(time) - Date.now();
  const detail = `last entry #${sequence} at ${time}`;
  return aheadMs <= AHEAD_MS_MAX
    ? ok('ledger clock', detail)
    : warn(
        'ledger clock',
        `${detail}, ${Math.round(aheadMs / 1000)} s in the future`,
        'compare the clocks of this machine and of the authority; nothing falls due until then',
      );
}

async function leader({ leadership }: OpenLedger): Promise<DoctorFinding> {
  try {
    const { claim } = await leadership.look();
    return claim === null
      ? warn('leader', 'no authority claims the lead', 'start one: daybook authority --key <file>')
      : ok('leader', `${claim.holder}, with a lease of ${claim.leaseMs} ms`);
  } catch (error) {
    return warn('leader', messageOf(error), 'only authorities need to know');
  }
}

async function authority({ channel, log }: OpenLedger, first: LedgerEvent): Promise<DoctorFinding> {
  let answer: Answer;
  const startedMs = performance.now();
  try {
    const query = encodeQuery({ query: 'head' });
    answer = decodeAnswer(await channel.request('query', query, { timeoutMs: ANSWER_MS }));
  } catch (error) {
    if (error instanceof Fault && error.code === 'permission_denied')
      return failed('authority', error);
    return warn('authority', 'nobody answers', 'start one: daybook authority --key <file>');
  }
  const tookMs = Math.round(performance.now() - startedMs);
  if (answer.status !== 'head')
    return fail('authority', `answered with ${answer.status}`, 'check its version');
  const named = opens(first) ? verifierKeyOf(first.data.origin, first.data.authority) : null;
  const signed = verifyCheckpoint(named ?? answer.verifierKey, answer.checkpoint);
  if (signed._tag === 'Left')
    return fail(
      'authority',
      `its head is not signed by the key that the ledger names: ${signed.left.message}`,
      'somebody else answers in its place: check who may serve queries',
    );
  const lag = Math.max((await log.head()).size - answer.size, 0);
  return ok(
    'authority',
    `answers in ${tookMs} ms, signed head of ${answer.size} entries, lag ${lag} entries`,
  );
}

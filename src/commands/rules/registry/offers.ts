/**
 * Matchmaking: a run that looks for participants offers its work to those who could do it, in an
 * order drawn from the root after the fact that says so, and to newcomers as they come. So many
 * offers are out and taken at most that a large network is not asked as a whole.
 */
import type { EventOf, Fact } from '../../../events/catalogue.ts';
import type { ActorId } from '../../../events/ids.ts';
import type { Books, Member, RunBook } from '../../../projections/books.ts';
import { must } from '../../../projections/books.ts';
import { offerSeed, shuffled } from '../../draws.ts';
import { STAKE_LOCKED } from './stakes.ts';
import { isStaked } from './standing.ts';
import type { Context, Timer } from '../rule.ts';
import { fact } from '../rule.ts';

/** Offers out and taken, for each place there is. */
const OFFERS_PER_PLACE = 4;
/** Participants that one entry names. */
const NAMED_MAX = 256;

const SEEKING: readonly RunBook['state'][] = ['initializing', 'active', 'recovering'];

export function* offerTimers(books: Books): Iterable<Timer> {
  if (books.policy?.registry !== undefined)
    for (const { plan, state } of Object.values(books.runs))
      if (SEEKING.includes(state) && books.offers?.[plan.run] === undefined)
        yield { dueMs: 0, fire: () => [opened(books, plan.run)] };
  for (const [run, { open }] of Object.entries(books.offers ?? {})) {
    const ends = Object.values(open);
    if (ends.length > 0)
      yield { dueMs: Math.min(...ends), fire: ({ nowMs }) => lapsed(run, open, nowMs) };
    // Who was away when its offer lapsed is back: nothing else would ask it again.
    else if (waits(books, run) && isNeeded(books, run))
      yield { dueMs: 0, fire: () => [opened(books, run)] };
  }
}

const waits = (books: Books, run: string): boolean =>
  ['initializing', 'recovering'].includes(must(books.runs[run], 'run').state);

/** Whether there is room for somebody who can be asked. */
const isNeeded = (books: Books, run: string): boolean =>
  (['worker', 'validator'] as const).some(
    (role) => roomFor(books, run, role) > 0 && candidates(books, run, role).length > 0,
  );

const opened = (books: Books, run: string): Fact =>
  fact('daybook.offer.opened.v1', { run, round: (books.offers?.[run]?.round ?? 0) + 1 });

function lapsed(run: string, open: Readonly<Record<string, number>>, nowMs: number): Fact[] {
  const late = Object.keys(open).filter((participant) => (open[participant] ?? 0) <= nowMs);
  return parts(late as ActorId[]).map((participants) =>
    fact('daybook.offer.lapsed.v1', { run, participants }),
  );
}

const parts = (participants: readonly ActorId[]): ActorId[][] =>
  Array.from({ length: Math.ceil(participants.length / NAMED_MAX) }, (_, part) =>
    participants.slice(part * NAMED_MAX, (part + 1) * NAMED_MAX),
  );

/** Draws whom to ask, of each role as many as there is room for. */
export function makeOffers(
  books: Books,
  event: EventOf<'daybook.offer.opened.v1'>,
  { nowMs, rootAfter }: Context,
): Fact[] {
  const { run, round } = event.data;
  const seed = offerSeed(rootAfter(event.sequence), run, round);
  const asked = (['worker', 'validator'] as const).flatMap((role) => {
    const room = roomFor(books, run, role);
    if (room === 0) return [];
    return shuffled(seed, candidates(books, run, role)).slice(0, room);
  });
  return made(books, run, asked, nowMs);
}

function made(books: Books, run: string, asked: readonly ActorId[], nowMs: number): Fact[] {
  const untilMs = nowMs + must(books.policy?.registry, 'registry terms').offerMs;
  return parts(asked).map((participants) =>
    fact('daybook.offer.made.v1', { run, participants, untilMs }),
  );
}

/** To whoever has just come, or has just got its stake: by every run that still has room. */
export function offerTo(books: Books, participant: ActorId, nowMs: number): Fact[] {
  const member = books.members[participant];
  if (books.policy?.registry === undefined || member === undefined) return [];
  return Object.keys(books.offers ?? {})
    .filter((run) => SEEKING.includes(must(books.runs[run], 'run').state))
    .filter((run) => canBeAsked(books, run, member, true))
    .filter((run) => roomFor(books, run, member.role) > 0)
    .flatMap((run) => made(books, run, [participant], nowMs));
}

/** Escrow has grown by stakes: those it belongs to may be asked now. */
export const offerToStaked = (
  books: Books,
  { data }: EventOf<'daybook.journal.posted.v1'>,
  nowMs: number,
): Fact[] =>
  data.transfers
    .filter(({ reason }) => reason === STAKE_LOCKED)
    .flatMap(({ credit }) => offerTo(books, credit.slice('escrow/'.length) as ActorId, nowMs));

/** Somebody will not: the next are drawn, where there are any who were not asked yet. */
export function askOthers(books: Books, run: string): Fact[] {
  if (books.policy?.registry === undefined || books.offers?.[run] === undefined) return [];
  if (!SEEKING.includes(must(books.runs[run], 'run').state)) return [];
  return isNeeded(books, run) ? [opened(books, run)] : [];
}

/** Those never asked by this run; one without enough of them asks those again who did not answer. */
function candidates(books: Books, run: string, role: Member['role']): ActorId[] {
  const again = books.runs[run]?.state !== 'active';
  return Object.values(books.members)
    .filter((member) => member.role === role && canBeAsked(books, run, member, again))
    .map(({ participant }) => participant)
    .sort();
}

function canBeAsked(books: Books, run: string, member: Member, again: boolean): boolean {
  const { open, answers } = must(books.offers?.[run], 'offers');
  const { participant, status, quarantine } = member;
  if (status !== 'alive' || open[participant] !== undefined) return false;
  const answer = answers[participant];
  if (answer !== undefined && !(again && answer === 'lapsed')) return false;
  if ((quarantine[run] ?? 0) > must(books.runs[run], 'run').windowsPlanned) return false;
  return isStaked(books, books.policy, member);
}

/** How many more of a role may be asked: those who took an offer and are gone leave room. */
function roomFor(books: Books, run: string, role: Member['role']): number {
  const { open, answers } = must(books.offers?.[run], 'offers');
  const isOf = (participant: string): boolean => books.members[participant]?.role === role;
  const out = Object.keys(open).filter(isOf).length;
  const taken = Object.keys(answers).filter(
    (participant) =>
      answers[participant] === 'accepted' &&
      isOf(participant) &&
      books.members[participant]?.status === 'alive',
  ).length;
  return Math.max(OFFERS_PER_PLACE * placesFor(books, run, role) - out - taken, 0);
}

function placesFor(books: Books, run: string, role: Member['role']): number {
  const { plan } = must(books.runs[run], 'run');
  return role === 'worker'
    ? Math.max(plan.slots, plan.minWorkers)
    : Math.max(must(books.policy, 'policy').validation.panelSize, plan.minValidators);
}

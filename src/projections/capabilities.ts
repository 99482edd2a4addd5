/**
 * The capability book: what nodes claim to do and how fast the ledger saw them work. Measured are the
 * accepted contributions of a window, tokens against the time from the entry that claimed the work to
 * the entry that committed to it; of several the fastest counts, for it cannot have been faster.
 */
import type { EventOfFamily } from '../events/catalogue.ts';
import type { Assignment, Books, WindowBook } from './books.ts';
import { byName, must, policyOf } from './books.ts';
import { submittedIn } from './grouped-stages.ts';
import type { Capability } from './registry-book.ts';
import { emptyIdentityBook, show } from './empty-registry.ts';

const MS_PER_SECOND = 1000;

export function foldCapability(books: Books, event: EventOfFamily<'capability'>): void {
  const book = (books.capabilities ??= byName());
  const { participant } = event.data;
  if (event.type === 'daybook.capability.measured.v1') {
    must(book[participant], 'capability').judgement = event.data.judgement;
    return;
  }
  const before = book[participant];
  const { signs } = (books.identity ??= emptyIdentityBook());
  // One sign a participant: claims that come again and again leave no more than the last.
  const earlier = before === undefined ? null : benchmarkSign(before);
  if (earlier !== null && signs[earlier] === participant) delete signs[earlier];
  const same = before?.claim.tokensPerSecond === event.data.tokensPerSecond ? before : undefined;
  const capability: Capability = {
    claim: event.data,
    slow: same?.slow ?? 0,
    measured: before?.measured ?? null,
    judgement: same?.judgement ?? null,
    elapsedMs: before?.elapsedMs ?? byName(),
  };
  book[participant] = capability;
  show(books.identity, benchmarkSign(capability), participant);
}

/** Two machines that are alike in all of this to the millisecond are likely one. */
export function benchmarkSign({ claim }: Pick<Capability, 'claim'>): string {
  const { build, backend, threads, memoryBytes, benchmark } = claim;
  const { specification, result, tokens, elapsedMs } = benchmark;
  return [
    'benchmark',
    build,
    backend,
    threads,
    memoryBytes,
    specification,
    result,
    tokens,
    elapsedMs,
  ].join('/');
}

/** To be called when work is committed to, before the books take the commitment. */
export function noteElapsed(books: Books, window: WindowBook, assignment: Assignment): void {
  const capability = books.capabilities?.[assignment.participant];
  if (capability === undefined) return;
  // A claim moved the end to its own time and this much.
  const claimedMs = assignment.expiresMs - policyOf(books, window).window.claimTtlMs;
  capability.elapsedMs[assignment.assignment] = Math.max(books.ledger.clockMs - claimedMs, 1);
}

/** To be called when a window is scored. */
export function measureWindow(books: Books, window: WindowBook): void {
  if (books.capabilities === undefined) return;
  const terms = policyOf(books, window).registry;
  const fastest = new Map<string, number>();
  for (const { participant, assignment, disposition, submission } of submittedIn(window)) {
    const capability = books.capabilities[participant];
    const elapsedMs = capability?.elapsedMs[assignment];
    if (capability === undefined || elapsedMs === undefined) continue;
    delete capability.elapsedMs[assignment];
    if (disposition !== 'accepted' || submission === null) continue;
    const speed = Math.floor((submission.tokens * MS_PER_SECOND) / elapsedMs);
    fastest.set(participant, Math.max(speed, fastest.get(participant) ?? 0));
  }
  for (const [participant, measured] of fastest) {
    const capability = must(books.capabilities[participant], 'capability');
    capability.measured = measured;
    if (terms === undefined) continue;
    const least = BigInt(capability.claim.tokensPerSecond) * BigInt(terms.claimToleranceBps);
    capability.slow = BigInt(measured) * 10_000n < least ? capability.slow + 1 : 0;
  }
}

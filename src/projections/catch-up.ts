/** Who has caught up with which run, and who offers which chunks. Both hold to what is of use now. */
import type { EventOfFamily } from '../events/catalogue.ts';
import type { ActorId, Digest } from '../events/ids.ts';
import type { ArtifactRef, Books } from './books.ts';
import { byName } from './books.ts';
import type { ChunksOffer } from './catch-up-book.ts';

/** Of one node; a further one takes the place of the one that ends first. */
export const OFFERS_MAX = 16;

export function foldCatchUp(books: Books, event: EventOfFamily<'catchup' | 'chunks'>): void {
  switch (event.type) {
    case 'daybook.catchup.completed.v1': {
      const { run, session, revision } = event.data;
      const reached = (books.caughtUp ??= byName());
      for (const name of Object.keys(reached)) if (isOver(books, name)) delete reached[name];
      (reached[run] ??= byName())[event.actor] = { session, revision, sequence: event.sequence };
      return;
    }
    case 'daybook.chunks.advertised.v1': {
      const { artifact, chunkBytes, count, root, endpoint, goodForMs } = event.data;
      const offers = ((books.chunks ??= byName())[event.actor] ??= byName());
      const nowMs = books.ledger.clockMs;
      delete offers[artifact.digest];
      makeRoom(offers, nowMs);
      const untilMs = nowMs + goodForMs;
      offers[artifact.digest] = { artifact, chunkBytes, count, root, endpoint, untilMs };
      return;
    }
    default:
      event satisfies never;
  }
}

function isOver(books: Books, run: string): boolean {
  const state = books.runs[run]?.state;
  return state === undefined || state === 'completed' || state === 'failed';
}

function makeRoom(offers: Record<string, ChunksOffer>, nowMs: number): void {
  for (const [digest, { untilMs }] of Object.entries(offers))
    if (untilMs <= nowMs) delete offers[digest];
  if (Object.keys(offers).length < OFFERS_MAX) return;
  const [first] = Object.entries(offers).toSorted(
    ([one, a], [other, b]) => a.untilMs - b.untilMs || (one < other ? -1 : 1),
  );
  if (first !== undefined) delete offers[first[0]];
}

/** Offers of an artifact that are good now, by the node's key in ascending order. */
export function offersOf(
  books: Books,
  digest: Digest,
  nowMs: number,
): { readonly actor: ActorId; readonly offer: ChunksOffer }[] {
  return Object.entries(books.chunks ?? {})
    .flatMap(([actor, offers]) => {
      const offer = offers[digest];
      return offer !== undefined && offer.untilMs > nowMs
        ? [{ actor: actor as ActorId, offer }]
        : [];
    })
    .toSorted((a, b) => (a.actor < b.actor ? -1 : 1));
}

/** The artifact of this digest as the books know it: what may be offered, and how large it is. */
export function knownArtifact(books: Books, digest: Digest): ArtifactRef | null {
  const among = (ref: ArtifactRef | null | undefined): boolean => ref?.digest === digest;
  for (const { tokens, tokenizer } of Object.values(books.datasets))
    for (const ref of [tokens, tokenizer]) if (among(ref)) return ref;
  for (const { plan, revisions } of Object.values(books.runs)) {
    if (plan.adapter !== undefined && among(plan.adapter.base)) return plan.adapter.base;
    for (const { checkpoint, momentum } of revisions)
      for (const ref of [checkpoint, momentum]) if (ref !== null && among(ref)) return ref;
  }
  for (const { assignments } of Object.values(books.windows))
    for (const { revealed, submission, counted, challenge } of Object.values(assignments)) {
      if (revealed && submission !== null && among(submission.delta)) return submission.delta;
      if (counted !== digest) continue;
      if (among(submission?.delta)) return submission?.delta ?? null;
      const said = challenge?.verdicts.find(({ recomputed }) => among(recomputed));
      if (said !== undefined) return said.recomputed;
    }
  return null;
}

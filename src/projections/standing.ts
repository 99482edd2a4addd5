/** What participants have shown: their ratings, and the stage to which they are let in. */
import type { EventOf, EventOfFamily } from '../events/catalogue.ts';
import type { Books, Member, WindowBook } from './books.ts';
import type { Stage, StageRecord } from './standing-book.ts';
import { must, policyOf } from './books.ts';

const FIRST_STAGE: StageRecord = { stage: 'canary', counted: 0, windows: 0 };

/** Whoever has shown nothing yet is a canary. */
export const stageOf = (member: Member | undefined): StageRecord => member?.stage ?? FIRST_STAGE;

export function foldStanding(
  books: Books,
  event: EventOfFamily<'selection' | 'rating' | 'stage'>,
): void {
  switch (event.type) {
    case 'daybook.selection.drawn.v1':
      return;
    case 'daybook.rating.updated.v1':
      for (const { participant, muMicro, sigmaMicro } of event.data.ratings)
        memberOf(books, participant).rating = { muMicro, sigmaMicro };
      return;
    case 'daybook.stage.advanced.v1':
      memberOf(books, event.data.participant).stage = begun(event.data.to);
      return;
    case 'daybook.stage.failed.v1': {
      const { from, reason } = event.data;
      const member = memberOf(books, event.data.participant);
      // A rejection that is overturned gives the stage back.
      member.stage =
        reason === 'rejected_contribution' && from !== 'canary'
          ? { ...begun('canary'), before: from }
          : begun('canary');
      return;
    }
    default:
      event satisfies never;
  }
}

const begun = (stage: Stage): StageRecord => ({ stage, counted: 0, windows: 0 });
const memberOf = (books: Books, participant: string): Member =>
  must(books.members[participant], `member ${participant}`);

/** Under admission a judged contribution counts for its author and for those who judged it so. */
export function countJudged(
  books: Books,
  window: WindowBook,
  author: string,
  { data }: EventOf<'daybook.challenge.resolved.v1'>,
): void {
  if (policyOf(books, window).admission === undefined) return;
  const those = data.disposition === 'accepted' ? [author, ...data.agreeing] : data.agreeing;
  for (const participant of those) {
    const member = memberOf(books, participant);
    const record = stageOf(member);
    if (record.stage !== 'full') member.stage = { ...record, counted: record.counted + 1 };
  }
}

/** A window that a canary had work in is one of those it may take. */
export function countWindow(books: Books, window: WindowBook): void {
  if (policyOf(books, window).admission === undefined) return;
  const all = Object.values(window.assignments);
  const workers = new Set(all.map(({ participant }) => participant));
  // Whoever was set back in it begins with the next.
  for (const { participant, disposition } of all)
    if (disposition === 'rejected') workers.delete(participant);
  for (const participant of workers) {
    const member = memberOf(books, participant);
    const record = stageOf(member);
    if (record.stage === 'canary') member.stage = { ...record, windows: record.windows + 1 };
  }
}

/** What a rejection took that was overturned. */
export function restoreStage(member: Member): void {
  if (member.stage?.before !== undefined) member.stage = begun(member.stage.before);
}

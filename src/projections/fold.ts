/**
 * The fold: books after an event = recipe(books, event). Every family of events has its recipe, and
 * each recipe handles its types by exhaustive switch, so a new event that nobody folds does not
 * compile. Recipes write into whatever they are given: an immer draft for live state, a private
 * mutable copy for replay.
 */
import { produce } from 'immer';
import type { Family, LedgerEvent } from '../events/catalogue.ts';
import { catalogue, familyOf } from '../events/catalogue.ts';
import { msOfTime } from '../events/entry.ts';
import type { CurrentEvent, CurrentOfFamily } from '../events/upcast.ts';
import { upcast } from '../events/upcast.ts';
import { archiveClosed } from './archive.ts';
import type { OnArchived } from './archive.ts';
import type { Books } from './books.ts';
import { recordCommand, recordLasting, withRecent } from './command-book.ts';
import { foldCapability } from './capabilities.ts';
import { foldCatchUp } from './catch-up.ts';
import { foldDispute } from './disputes.ts';
import { foldIdentity, identityOf } from './identities.ts';
import { foldLedger } from './ledger.ts';
import { foldMember } from './members.ts';
import { foldNetwork } from './network.ts';
import { foldPayout } from './payouts.ts';
import { foldOffence } from './offences.ts';
import { foldReward } from './rewards.ts';
import { foldRun } from './runs.ts';
import { foldStanding } from './standing.ts';
import { foldOffer } from './offers.ts';
import { foldStake } from './stakes.ts';
import { foldScores } from './scoring.ts';
import { foldWindow } from './windows.ts';

/** Which book a family of events is posted to. */
const recipes: { readonly [F in Family]: (books: Books, event: CurrentOfFamily<F>) => void } = {
  ledger: foldLedger,
  clock: foldLedger,
  policy: foldLedger,
  participant: foldMember,
  lease: foldMember,
  dataset: foldRun,
  run: foldRun,
  checkpoint: foldRun,
  window: foldWindow,
  assignment: foldWindow,
  claim: foldWindow,
  submission: foldWindow,
  upload: foldWindow,
  challenge: foldWindow,
  verdict: foldWindow,
  panel: foldWindow,
  aggregation: foldWindow,
  promotion: foldWindow,
  dispute: foldDispute,
  network: foldNetwork,
  epoch: foldNetwork,
  proposal: foldNetwork,
  revision: foldNetwork,
  selection: foldStanding,
  rating: foldStanding,
  stage: foldStanding,
  scores: foldScores,
  consensus: foldScores,
  evidence: foldOffence,
  offence: foldOffence,
  appeal: foldOffence,
  catchup: foldCatchUp,
  chunks: foldCatchUp,
  period: foldReward,
  payout: foldPayout,
  correction: foldPayout,
  journal: foldReward,
  settlement: foldReward,
  identity: foldIdentity,
  cluster: foldIdentity,
  stake: foldStake,
  capability: foldCapability,
  offer: foldOffer,
};

type Recipe = (books: Books, event: CurrentEvent) => void;
const recipeOf: ReadonlyMap<string, Recipe> = new Map(
  [...catalogue.keys()].map((type) => [type, recipes[familyOf(type)] as Recipe]),
);

/** Apply one event in place. Shape: Books x LedgerEvent -> void. */
export function foldInto(books: Books, event: LedgerEvent, onArchived?: OnArchived): void {
  foldWhole(books, event);
  archiveClosed(books, event, onArchived);
}

/**
 * The same without archiving, for readers who want all of history in their books: they grow with it.
 * No decision depends on the difference.
 */
export function foldWhole(books: Books, event: LedgerEvent): void {
  post(books, event, recordCommand);
}

function post(books: Books, event: LedgerEvent, record: typeof recordCommand): void {
  if (event.sequence !== books.ledger.size)
    throw new Error(`invariant: entry ${event.sequence} folded at ${books.ledger.size}`);
  books.ledger.size += 1;
  books.ledger.clockMs = msOfTime(event.time);
  record(books, event);

  const recipe = recipeOf.get(event.type);
  if (recipe === undefined) throw new Error(`invariant: nobody folds ${event.type}`);
  recipe(books, byParticipant(books, upcast(event)));
}

/** Books name participants, whichever of their keys spoke: recipes see whom it spoke for. */
function byParticipant(books: Books, event: CurrentEvent): CurrentEvent {
  const actor = identityOf(books, event.actor);
  return actor === event.actor ? event : { ...event, actor };
}

/** Gives what the recipe makes of a value, and leaves the value as it was. */
export type Revise = (books: Books, recipe: (draft: Books) => void) => Books;

/** Live fold: a new value that shares what did not change with the old one. */
export function fold(
  books: Books,
  events: readonly LedgerEvent[],
  revise: Revise = produce,
): Books {
  const tagged = books.ledger.nonce !== undefined;
  const record = tagged ? recordLasting : recordCommand;
  return revise(tagged ? withRecent(books, events) : books, (draft) => {
    for (const event of events) {
      post(draft, event, record);
      archiveClosed(draft, event);
    }
  });
}

/**
 * The way of a node from its registration to its first credit, as the ledger tells it. Each milestone
 * is reached once; those that lie before what this process saw are passed over in silence.
 */
import type { LedgerEvent } from '../../events/catalogue.ts';
import type { ActorId } from '../../events/ids.ts';
import type { Books } from '../../projections/books.ts';
import { assignmentOf, windowKeyOf } from '../../projections/books.ts';
import { identityOf } from '../../projections/identities.ts';
import { isStaked } from '../../commands/rules/registry/standing.ts';
import { grouped } from '../terminal/output.ts';
import { money } from '../../roles/explain/money.ts';

export type Milestone =
  | 'registered'
  | 'joined'
  | 'staked'
  | 'offered'
  | 'offer taken'
  | 'assigned'
  | 'committed'
  | 'accepted'
  | 'credited'
  | 'rejected';

export interface Reached {
  readonly milestone: Milestone;
  readonly sequence: number;
  readonly detail: string;
}

export class Milestones {
  readonly #key: ActorId;
  readonly #tell: (reached: Reached) => void;
  readonly #reached = new Set<Milestone>();
  /** Windows, by key, in which work of this node was accepted, or its word was right. */
  readonly #accepted = new Set<string>();
  #isOver = false;

  constructor(key: ActorId, tell: (reached: Reached) => void) {
    this.#key = key;
    this.#tell = tell;
  }

  /** Whether a window in which something of this node's was accepted is closed for good. */
  get isOver(): boolean {
    return this.#isOver;
  }

  see(events: readonly LedgerEvent[], books: Books): void {
    const self = identityOf(books, this.#key);
    for (const event of events) this.#look(event, self, books);
  }

  #look(event: LedgerEvent, self: ActorId, books: Books): void {
    const reach = (milestone: Milestone, detail: string): void => {
      if (this.#reached.has(milestone)) return;
      this.#reached.add(milestone);
      this.#tell({ milestone, sequence: event.sequence, detail });
    };
    const accept = (window: string, what: string): void => {
      this.#accepted.add(window);
      reach('accepted', what);
    };
    const byMe = event.actor === self || event.actor === this.#key;
    switch (event.type) {
      case 'daybook.identity.registered.v1':
      case 'daybook.participant.admitted.v1':
        if (event.data.participant === self) reach('registered', `as ${event.data.name}`);
        return;
      case 'daybook.participant.joined.v1':
        if (event.data.participant === self)
          reach('joined', `session ${event.data.session}, ${event.data.computeClass} class`);
        return;
      case 'daybook.offer.made.v1':
        if (event.data.participants.includes(self)) reach('offered', `work of ${event.data.run}`);
        return;
      case 'daybook.offer.accepted.v1':
        if (byMe) reach('offer taken', event.data.run);
        return;
      case 'daybook.assignment.issued.v1':
      case 'daybook.assignment.issued.v2': {
        const { assignment, participant, pages } = event.data;
        if (participant === self) reach('assigned', `${assignment}, ${pages.length} pages`);
        return;
      }
      case 'daybook.submission.committed.v1':
      case 'daybook.submission.committed.v2':
        if (byMe) reach('committed', `${event.data.assignment}, its delta by digest`);
        return;
      case 'daybook.submission.committed.v3':
        if (byMe) reach('committed', `${event.data.assignment}, its stage by digest`);
        return;
      case 'daybook.challenge.issued.v1':
        if (event.data.panel.includes(self)) reach('assigned', `to judge ${event.data.assignment}`);
        return;
      case 'daybook.aggregation.requested.v1':
        if (event.data.validators.includes(self))
          reach('assigned', `to aggregate ${event.data.run}/${event.data.window}`);
        return;
      case 'daybook.verdict.recorded.v1':
        if (byMe) reach('committed', `a verdict on ${event.data.assignment}`);
        return;
      case 'daybook.aggregation.reported.v1':
        if (byMe) reach('committed', `the step of ${event.data.run}/${event.data.window}`);
        return;
      case 'daybook.submission.spared.v1':
        if (assignmentOf(books, event.data.assignment)?.participant === self)
          accept(windowKeyOf(event.data.assignment), `${event.data.assignment}, not audited`);
        return;
      case 'daybook.challenge.resolved.v1': {
        const { assignment, disposition, reasons, agreeing } = event.data;
        if (agreeing.includes(self))
          accept(windowKeyOf(assignment), `its verdict on ${assignment} is the quorum's`);
        if (assignmentOf(books, assignment)?.participant !== self) return;
        if (disposition === 'accepted')
          accept(windowKeyOf(assignment), `${assignment}, by ${agreeing.length} validator(s)`);
        else reach('rejected', `${assignment} is ${disposition}: ${reasons.join(', ')}`);
        return;
      }
      case 'daybook.aggregation.agreed.v1': {
        const { run, window, agreeing } = event.data;
        if (agreeing.includes(self))
          accept(`${run}/${window}`, `its step of ${run}/${window} is the quorum's`);
        return;
      }
      case 'daybook.journal.posted.v1':
        for (const { unit, credit, amount } of event.data.transfers) {
          if (credit === `escrow/${self}` && isStakedNow(books, self))
            reach('staked', `${money(amount)} in escrow`);
          if (credit.startsWith('earned/') && credit.endsWith(`/${self}`))
            reach('credited', `${grouped(amount)} ${unit} credits`);
        }
        return;
      case 'daybook.window.reconciled.v1':
        if (this.#accepted.has(`${event.data.run}/${event.data.window}`)) this.#isOver = true;
        return;
      default:
    }
  }
}

function isStakedNow(books: Books, self: ActorId): boolean {
  const member = books.members[self];
  return member !== undefined && isStaked(books, books.policy, member);
}

/**
 * Draws explained: which entry's tree root seeded them, and whether the same draw comes out again.
 * `seedHolds` and the like are computed here from the roots of the entries, never taken from the
 * ledger's word; null where the root is not at hand.
 */
import type { ActorId } from '../../events/ids.ts';
import type { Books, StageData } from '../../projections/books.ts';
import { clusterOf } from '../../projections/identities.ts';
import { pagesOfStage } from '../../commands/stage-plan.ts';
import { auditSeed, isAudited, pagesOfSlot, shuffled, windowSeed } from '../../commands/draws.ts';
import type { Evidence } from './chronicle.ts';
import type { Party } from './party.ts';
import { partyOf } from './party.ts';

export interface WindowDraw {
  /** Of the entry that planned the window. */
  readonly sequence: number;
  readonly seed: string;
  /** Whose tree root the seed was made from. */
  readonly seedFrom: number;
  readonly seedHolds: boolean | null;
  /**
   * Whether the seed gives this order of contributors; null under mesh terms, where it also depends on
   * everybody's rating and stage then: the audit decides it again.
   */
  readonly orderHolds: boolean | null;
  readonly contributors: readonly Party[];
  readonly standby: readonly Party[];
  readonly revision: number;
  readonly checkpoint: string;
  readonly policyRevision: number;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((item, index) => item === b[index]);

export function windowDraw(evidence: Evidence, run: string, window: number): WindowDraw | null {
  const { books, roots, chronicle } = evidence;
  const subject = `run/${run}/window/${window}`;
  const planned = chronicle.last(subject, 'daybook.window.planned.v1');
  if (planned === null) return null;
  const { seed, seedFrom, contributors, standby, revision, checkpoint, policyRevision } =
    planned.data;
  const root = roots.get(seedFrom);
  return {
    sequence: planned.sequence,
    seed,
    seedFrom,
    seedHolds: root === undefined ? null : hex(windowSeed(root, run, window)) === seed,
    orderHolds:
      chronicle.last(subject, 'daybook.selection.drawn.v1') !== null
        ? null
        : same(orderOf(seed, [...contributors, ...standby], contributors.length), [
            ...contributors,
            ...standby,
          ]),
    contributors: contributors.map((actor) => partyOf(books, actor)),
    standby: standby.map((actor) => partyOf(books, actor)),
    revision,
    checkpoint,
    policyRevision,
  };
}

/** Slots go to the drawn order, around and around; who is left over stands by. */
function orderOf(seed: string, drawn: readonly ActorId[], slots: number): ActorId[] {
  const order = shuffled(Buffer.from(seed, 'hex'), [...new Set(drawn)].sort());
  const contributors = Array.from(
    { length: slots },
    (_, slot) => order[slot % order.length] as ActorId,
  );
  return [...contributors, ...order.slice(slots)];
}

/** Whether the plan gives these pages to the slot; null for a run or dataset that is unknown. */
export function pagesHold(
  books: Books,
  at: {
    readonly run: string;
    readonly window: number;
    readonly slot: number;
    /** Undefined: the whole of the slot. */
    readonly stage?: StageData | undefined;
  },
  pages: readonly number[],
): boolean | null {
  const plan = books.runs[at.run]?.plan;
  const dataset = plan === undefined ? undefined : books.datasets[plan.dataset];
  if (plan === undefined || dataset === undefined) return null;
  const own = pagesOfSlot(plan, dataset.pages - dataset.heldOutPages, at.window, at.slot);
  return same(pagesOfStage(plan, own, at.stage).map(String), pages.map(String));
}

export interface AuditDraw {
  /** Of the entry that drew the submission, or spared it. */
  readonly sequence: number;
  readonly drawn: boolean;
  readonly seed: string;
  /** The seal whose tree root the seed was made from. */
  readonly seedFrom: number | null;
  readonly seedHolds: boolean | null;
  /** Whether the seed, at the policy's rate, gives this draw and this panel. */
  readonly drawHolds: boolean;
  readonly auditRateBps: number;
  readonly panel: readonly Party[];
  readonly reserve: readonly Party[];
}

export function auditDraw(
  { books, roots, chronicle }: Evidence,
  { assignment, participant }: { readonly assignment: string; readonly participant: ActorId },
  seal: number | null,
  revealed: boolean,
): AuditDraw | null {
  const subject = `assignment/${assignment}`;
  const event =
    chronicle.last(subject, 'daybook.challenge.issued.v1') ??
    chronicle.last(subject, 'daybook.submission.spared.v1');
  const policy = event === null ? null : chronicle.policyAt(event.sequence);
  if (event === null || policy === null) return null;
  const { auditRateBps } = policy.policy.validation;
  const { seed } = event.data;
  const bytes = Buffer.from(seed, 'hex');
  const root = seal === null ? undefined : roots.get(seal);
  const [panel, reserve] =
    event.type === 'daybook.challenge.issued.v1'
      ? [event.data.panel, event.data.reserve]
      : [[], []];
  const drawn = event.type === 'daybook.challenge.issued.v1';
  const order = [...panel, ...reserve];
  const isOpen = policy.policy.registry !== undefined;
  const isOwn = (actor: ActorId): boolean =>
    isOpen && clusterOf(books, actor) === clusterOf(books, participant);
  return {
    sequence: event.sequence,
    drawn,
    seed,
    seedFrom: seal,
    seedHolds: root === undefined ? null : hex(auditSeed(root, assignment)) === seed,
    // Bytes that never came are judged whatever the draw says.
    drawHolds:
      (isAudited(bytes, auditRateBps) || !revealed) === drawn && panelHolds(bytes, order, isOwn),
    auditRateBps,
    panel: panel.map((actor) => partyOf(books, actor)),
    reserve: reserve.map((actor) => partyOf(books, actor)),
  };
}

/**
 * Whether it is the seed's order, or that with some of its author's own moved to the end: who was in
 * his cluster then is now, but others may have come into it since.
 */
function panelHolds(
  seed: Uint8Array,
  order: readonly ActorId[],
  isOwn: (actor: ActorId) => boolean,
): boolean {
  const isDrawn = (part: readonly ActorId[]): boolean =>
    same(shuffled(seed, part.toSorted()), part);
  for (let strangers = order.length; strangers >= 0; strangers -= 1) {
    if (isDrawn(order.slice(0, strangers)) && isDrawn(order.slice(strangers))) return true;
    const last = order[strangers - 1];
    if (last === undefined || !isOwn(last)) return false;
  }
  return false;
}

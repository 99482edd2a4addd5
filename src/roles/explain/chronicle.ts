/**
 * The chronicle: an index of a ledger's entries by what explanations ask for - by subject, by the
 * account a transfer touched, by the entries a transfer rests on. It grows entry by entry beside any
 * fold (a replay, an explorer's follower) and keeps no heartbeats. Invariant: it holds facts only;
 * whatever is concluded from them is concluded anew each time.
 */
import type { DataOfType, EventOf, FactType, LedgerEvent } from '../../events/catalogue.ts';
import type { Books } from '../../projections/books.ts';
import type { AppliedPolicy } from './policy-trail.ts';
import { PolicyTrail } from './policy-trail.ts';

export interface Posting extends Transfer {
  /** Of the journal that posted it. */
  readonly sequence: number;
}
type Transfer = DataOfType<'daybook.journal.posted.v1'>['transfers'][number];
/** What a share of a pool is earned with. */
export type CreditUnit = Exclude<Transfer['unit'], 'micro'>;

/** What an explanation is made from: state after the last entry, and the entries behind it. */
export interface Evidence {
  readonly books: Books;
  /** Tree root right after each entry that seeds a draw. */
  readonly roots: ReadonlyMap<number, Uint8Array>;
  readonly chronicle: Chronicle;
}

/** Frequent facts that explain nothing. */
const NOISE: ReadonlySet<FactType> = new Set([
  'daybook.participant.heartbeated.v1',
  'daybook.lease.renewed.v1',
  'daybook.clock.ticked.v1',
]);

export class Chronicle {
  readonly #bySequence = new Map<number, LedgerEvent>();
  readonly #bySubject = new Map<string, LedgerEvent[]>();
  readonly #byAccount = new Map<string, Posting[]>();
  readonly #byGround = new Map<number, Posting[]>();
  readonly #policies = new PolicyTrail();

  observe(event: LedgerEvent): void {
    if (NOISE.has(event.type)) return;
    this.#bySequence.set(event.sequence, event);
    into(this.#bySubject, event.subject, event);
    this.#policies.observe(event);
    if (event.type === 'daybook.journal.posted.v1')
      for (const transfer of event.data.transfers)
        this.#post({ ...transfer, sequence: event.sequence });
  }

  #post(posting: Posting): void {
    into(this.#byAccount, `${posting.unit}:${posting.debit}`, posting);
    into(this.#byAccount, `${posting.unit}:${posting.credit}`, posting);
    for (const ground of new Set(posting.because)) into(this.#byGround, ground, posting);
  }

  /** An entry by its sequence; null for one that explains nothing. */
  at(sequence: number): LedgerEvent | null {
    return this.#bySequence.get(sequence) ?? null;
  }

  /** Facts about a subject, in ledger order. */
  about(subject: string): readonly LedgerEvent[] {
    return this.#bySubject.get(subject) ?? [];
  }

  /** Those of one type. */
  all<T extends FactType>(subject: string, type: T): EventOf<T>[] {
    return this.about(subject).filter(
      (event): event is EventOf<T> & LedgerEvent => event.type === type,
    );
  }

  /** The last one; null when there is none. */
  last<T extends FactType>(subject: string, type: T): EventOf<T> | null {
    return this.all(subject, type).at(-1) ?? null;
  }

  /** Transfers from or to an account, in ledger order. */
  postings(unit: Transfer['unit'], account: string): readonly Posting[] {
    return this.#byAccount.get(`${unit}:${account}`) ?? [];
  }

  /** Transfers that name an entry as a ground. */
  postingsBecauseOf(sequence: number): readonly Posting[] {
    return this.#byGround.get(sequence) ?? [];
  }

  /** The policy by which an entry was decided, and where it came into force. */
  policyAt(sequence: number): AppliedPolicy | null {
    return this.#policies.at(sequence);
  }
}

function into<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

/**
 * Old facts lifted to the newest version of their type when they are folded: recipes know one shape
 * of each fact. Lifting never touches bytes: hashing, signatures and the audit's comparison see the
 * entry as it was written.
 */
import type { EventOf, FactType, Family, LedgerEvent } from './catalogue.ts';

type RetiredType = 'daybook.ledger.opened.v1';

/** What every ledger had before openings said so: the first rules, and no nonce to tell it by. */
export const FIRST_RULES = 1;

type OpenedEvent = EventOf<'daybook.ledger.opened.v2'>;
type Lifted<E> = E extends OpenedEvent
  ? Omit<E, 'data'> & {
      readonly data: Omit<OpenedEvent['data'], 'nonce'> & { readonly nonce: string | null };
    }
  : E;

/** An event as recipes see it: of the newest version of its type. */
export type CurrentEvent = Lifted<EventOf<Exclude<FactType, RetiredType>>>;

/** Those of a family, or of several. */
export type CurrentOfFamily<F extends Family> = Extract<
  CurrentEvent,
  { readonly type: `daybook.${F}.${string}` }
>;

type Upcaster = (event: LedgerEvent) => CurrentEvent;

const openedFirst = (event: EventOf<RetiredType>): CurrentEvent => ({
  ...event,
  type: 'daybook.ledger.opened.v2',
  data: { ...event.data, rules: FIRST_RULES, nonce: null },
});

const upcasters: { readonly [T in RetiredType]: Upcaster } = {
  'daybook.ledger.opened.v1': openedFirst as Upcaster,
};
const retired: ReadonlyMap<string, Upcaster> = new Map(Object.entries(upcasters));

export function upcast(event: LedgerEvent): CurrentEvent {
  const lift = retired.get(event.type);
  return lift === undefined ? (event as CurrentEvent) : lift(event);
}

/** An opening of any version. */
export type Opening = EventOf<RetiredType | 'daybook.ledger.opened.v2'>;

export const isOpening = (event: { readonly type: string }): boolean =>
  event.type === 'daybook.ledger.opened.v1' || event.type === 'daybook.ledger.opened.v2';

export const opens = (event: LedgerEvent): event is Opening => isOpening(event);

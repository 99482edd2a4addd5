/** The facts that adopt policies: a version of them for every set of sections. */
import type { EventOf, FactOf, LedgerEvent } from '../events/catalogue.ts';
import type { Policy } from '../projections/books.ts';

type AdoptionType = 'daybook.policy.adopted.v1' | 'daybook.policy.adopted.v2';
export type PolicyAdopted = EventOf<AdoptionType>;

export const adoptsPolicy = (event: LedgerEvent): event is PolicyAdopted =>
  event.type === 'daybook.policy.adopted.v1' || event.type === 'daybook.policy.adopted.v2';

/** The version that has the sections of this policy. */
export function adoptionOf({ dispute, ...data }: Policy): FactOf<AdoptionType> {
  return dispute === undefined
    ? { type: 'daybook.policy.adopted.v1', data }
    : { type: 'daybook.policy.adopted.v2', data: { ...data, dispute } };
}

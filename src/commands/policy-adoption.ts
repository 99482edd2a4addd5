/** The facts that adopt policies: a version of them for every set of sections. */
import type { EventOf, FactOf, LedgerEvent } from '../events/catalogue.ts';
import type { OptionalSection, Policy } from '../projections/books.ts';
import { policyOffered } from '../projections/ledger.ts';

type AdoptionType =
  'daybook.policy.adopted.v1' | 'daybook.policy.adopted.v2' | 'daybook.policy.adopted.v3';
export type PolicyAdopted = EventOf<AdoptionType>;

const NONE: { readonly [section in OptionalSection]: null } = {
  dispute: null,
  governance: null,
  registry: null,
  admission: null,
  mesh: null,
  scoring: null,
  ladder: null,
  vesting: null,
  catchUp: null,
  cadence: null,
};

export const adoptsPolicy = (event: LedgerEvent): event is PolicyAdopted =>
  event.type === 'daybook.policy.adopted.v1' ||
  event.type === 'daybook.policy.adopted.v2' ||
  event.type === 'daybook.policy.adopted.v3';

/** What an adoption brought into force. */
export const policyIn = (event: PolicyAdopted): Policy =>
  event.type === 'daybook.policy.adopted.v3' ? policyOffered(event.data) : event.data;

/** The oldest version that has the sections of this policy. */
export function adoptionOf(policy: Policy): FactOf<AdoptionType> {
  const offered = (Object.keys(NONE) as OptionalSection[]).filter((name) => policy[name]);
  if (offered.some((name) => name !== 'dispute'))
    return { type: 'daybook.policy.adopted.v3', data: { ...NONE, ...policy } };
  const { dispute, ...data } = policy;
  return dispute === undefined
    ? { type: 'daybook.policy.adopted.v1', data }
    : { type: 'daybook.policy.adopted.v2', data: { ...data, dispute } };
}

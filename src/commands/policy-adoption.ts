/** The facts that adopt policies: a version of them for every set of sections. */
import type { DataOfType, EventOf, FactOf, LedgerEvent } from '../events/catalogue.ts';
import type { OptionalSection, Policy } from '../projections/books.ts';
import { policyOffered } from '../projections/ledger.ts';

type AdoptionType =
  'daybook.policy.adopted.v1' | 'daybook.policy.adopted.v2' | 'daybook.policy.adopted.v3';
/** By the operator, or by the council of a network. */
export type PolicyAdopted = EventOf<AdoptionType> | Activated;
type Activation = EventOf<'daybook.revision.activated.v1'>;
type Activated = Activation & {
  readonly data: { readonly policy: NonNullable<Activation['data']['policy']> };
};

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
  environment: null,
  artifact: null,
};

export const adoptsPolicy = (event: LedgerEvent): event is PolicyAdopted =>
  event.type === 'daybook.policy.adopted.v1' ||
  event.type === 'daybook.policy.adopted.v2' ||
  event.type === 'daybook.policy.adopted.v3' ||
  (event.type === 'daybook.revision.activated.v1' && event.data.policy !== null);

/** What an adoption brought into force. */
export function policyIn(event: PolicyAdopted): Policy {
  switch (event.type) {
    case 'daybook.revision.activated.v1':
      return policyOffered(event.data.policy);
    case 'daybook.policy.adopted.v3':
      return policyOffered(event.data);
    default:
      return event.data;
  }
}

/** With a word for every section: null, those that it does not offer. */
export const wholePolicy = (policy: Policy): DataOfType<'daybook.policy.adopted.v3'> => ({
  ...NONE,
  ...policy,
});

/** The oldest version that has the sections of this policy. */
export function adoptionOf(policy: Policy): FactOf<AdoptionType> {
  const offered = (Object.keys(NONE) as OptionalSection[]).filter((name) => policy[name]);
  if (offered.some((name) => name !== 'dispute'))
    return { type: 'daybook.policy.adopted.v3', data: wholePolicy(policy) };
  const { dispute, ...data } = policy;
  return dispute === undefined
    ? { type: 'daybook.policy.adopted.v1', data }
    : { type: 'daybook.policy.adopted.v2', data: { ...data, dispute } };
}

/** Shapes of explanations: every member of a type by name, at every level. */
import type { AnyShape, Shape } from '../../explorer/api/shape.ts';
import { count, members, orNull, shape, string, words } from '../../explorer/api/shape.ts';
import type { Lessening } from '../../roles/explain/lessened.ts';
import type { Party } from '../../roles/explain/party.ts';

/** All members of A by name: none missing, none too many. @param absent those that may be absent */
export function named<A extends object>(
  of: { readonly [K in keyof A]-?: AnyShape },
  ...absent: (keyof A)[]
): Shape<A> {
  const { schema } = members(of);
  const required = Object.keys(of).filter((name) => !absent.includes(name as keyof A));
  return shape<A>({ ...schema, required });
}

export const partyMembers = { participant: string, name: string };
export const party = named<Party>(partyMembers);

/** Of kinds of things that are told apart by one of their members. */
export const anyOf = <A>(...kinds: readonly AnyShape[]): Shape<A> =>
  shape<A>({ anyOf: kinds.map(({ schema }) => schema) });

export const entryAnd = <M extends Readonly<Record<string, AnyShape>>>(of: M) =>
  members({ sequence: count, ...of });

export const lessening = named<Lessening>({
  by: words('canary', 'limited', 'offence'),
  bps: count,
  sequence: orNull(count),
});

/**
 * Workers under terms for catching up: none gets work before it has shown a state, one joins late,
 * one comes back in another session, claims show what they start from, and chunks are offered.
 */
import { seedNetworkPolicy } from '../../commands/network-policy.ts';
import type { DataOfType } from '../../events/catalogue.ts';
import type { SigningKey } from '../../events/nkey.ts';
import type { Policy } from '../../projections/books.ts';
import { must } from '../../projections/books.ts';
import { Cast, RUN } from '../cast.ts';
import { Desk, digestNamed } from '../desk.ts';

export const TERMS: NonNullable<Policy['catchUp']> = {
  ...seedNetworkPolicy.catchUp,
  staleRevisionsMax: 1,
};

/** Everybody has joined a run under the terms; nobody has shown a state. */
export function joinedCast(workers = 3, policy: Partial<Policy> = {}, windows = 2): Cast {
  const cast = new Cast(new Desk().open({ catchUp: TERMS, ...policy }), workers, 2);
  cast.desk.plan({ windows });
  for (const key of cast.everybody) cast.desk.join(key);
  return cast;
}

/** The same with every worker caught up and the first window active. */
export function caughtUpCast(workers = 3, windows = 2): Cast {
  const cast = joinedCast(workers, {}, windows);
  for (const key of cast.workers) cast.catchUp(key);
  cast.desk.tick();
  return cast;
}

/** An offer of the run's newest checkpoint. */
export function offerOf(cast: Cast, key: SigningKey): DataOfType<'daybook.chunks.advertised.v1'> {
  const { checkpoint } = must(cast.desk.books.runs[RUN]?.revisions.at(-1), 'revision');
  return {
    session: cast.sessionOf(key.actor),
    artifact: checkpoint,
    chunkBytes: TERMS.chunkBytes,
    count: Math.ceil(checkpoint.sizeBytes / TERMS.chunkBytes),
    root: digestNamed('chunks').slice(7),
    endpoint: 'http://192.0.2.1:8080',
    goodForMs: 60_000,
  };
}

export function catchUpStory(): Desk {
  const cast = joinedCast(4, {}, 3);
  const { desk } = cast;
  const [early, other, late, again] = cast.workers as [
    SigningKey,
    SigningKey,
    SigningKey,
    SigningKey,
  ];
  desk.tick();
  for (const key of [early, other, again]) cast.catchUp(key);
  desk.tick();
  desk.must(early, 'daybook.chunks.advertised.v1', offerOf(cast, early));
  cast.play(4_000_000, 3_000_000);
  desk.join(again);
  desk.must(early, 'daybook.chunks.advertised.v1', offerOf(cast, early));
  desk.tick();
  cast.play(3_000_000, 2_900_000);
  for (const key of [late, again]) cast.catchUp(key);
  desk.tick();
  cast.play(2_900_000, 2_800_000);
  desk.tick();
  return desk;
}

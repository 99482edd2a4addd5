/** Builds and classes that may join, and sizes that may be stored, at their edges. */
import { describe, expect, it } from 'vitest';
import type { Policy } from '../../projections/books.ts';
import { must } from '../../projections/books.ts';
import { Cast, RUN } from '../../testing/cast.ts';
import { artifactNamed, Desk } from '../../testing/desk.ts';
import { adoptionOf } from '../policy-adoption.ts';
import { seedPolicy } from '../seed-policy.ts';

describe('an environment', () => {
  const joined = (
    environment: NonNullable<Policy['environment']>,
    software: string,
    computeClass: 'exact' | 'tolerant' = 'exact',
  ) => {
    const desk = new Desk().open({ environment });
    const { actor: participant, ...key } = desk.admit('worker', 'w');
    return desk.say({ actor: participant, ...key }, 'daybook.participant.joined.v1', {
      participant,
      session: 1,
      computeClass,
      backend: 'test',
      software,
    });
  };
  const both = ['exact', 'tolerant'] as const;

  it('without a list admits any build', () => {
    expect(joined({ software: [], computeClasses: both }, 'anything').ok).toBe(true);
  });

  it('with one admits those on it, by their whole name', () => {
    const environment = { software: ['v1', 'v2'], computeClasses: both };
    expect(joined(environment, 'v2').ok).toBe(true);
    expect(joined(environment, 'v2 ')).toMatchObject({ code: 'environment_not_admitted' });
  });

  it('of one class admits no other', () => {
    const environment = { software: [], computeClasses: ['exact'] as const };
    expect(joined(environment, 'v1').ok).toBe(true);
    expect(joined(environment, 'v1', 'tolerant')).toMatchObject({
      code: 'environment_not_admitted',
    });
  });

  it('that leaves out validators is no policy', () => {
    const environment = { software: [], computeClasses: ['tolerant'] as const };
    const desk = new Desk();
    expect(() => desk.open({ environment })).toThrow('policy_inconsistent');
  });

  it('that comes later lets a session be', () => {
    const cast = Cast.started();
    const environment = { software: ['v9'], computeClasses: ['exact'] as const };
    const { type, data } = adoptionOf({ ...seedPolicy, revision: 2, environment });
    cast.desk.must(cast.desk.operator, type, data);
    expect(() => cast.heartbeat(1)).not.toThrow();
    expect(() => cast.desk.join(must(cast.workers[0], 'worker'))).toThrow(
      'environment_not_admitted',
    );
  });
});

describe('a bound on artifacts', () => {
  function started(artifact: NonNullable<Policy['artifact']>): Cast {
    const cast = new Cast(new Desk().open({ artifact }), 3, 3);
    cast.desk.plan();
    for (const key of cast.everybody) cast.desk.join(key);
    cast.desk.tick();
    return cast;
  }
  const bound = (deltaBytesMax: number, checkpointBytesMax: number) =>
    started({ deltaBytesMax, checkpointBytesMax });

  it('holds for deltas to the byte', () => {
    const cast = bound(1000, 1000);
    const [slot = ''] = cast.slots;
    expect(() => cast.train(slot)).not.toThrow();
    const tight = bound(999, 1000);
    const [other = ''] = tight.slots;
    expect(() => tight.train(other)).toThrow('oversized_delta');
  });

  it('leaves the bound that the model sets', () => {
    const cast = bound(2 ** 40, 2 ** 40);
    const [slot = ''] = cast.slots;
    cast.claim(slot);
    const key = cast.keyOf(cast.assignment(slot).participant);
    const delta = artifactNamed('large', 1_000_000);
    expect(
      cast.desk.say(key, 'daybook.submission.committed.v1', { ...cast.submissionOf(slot), delta }),
    ).toMatchObject({ code: 'oversized_delta' });
  });

  it('holds for a checkpoint and the momentum beside it', () => {
    const cast = bound(1000, 1000);
    for (const slot of cast.slots) cast.train(slot);
    cast.reveal();
    cast.judge();
    const key = must(cast.validators[0], 'validator');
    const report = cast.reportOf(key.actor, 4_000_000, 3_000_000);
    const say = (over: Partial<typeof report>) =>
      cast.desk.say(key, 'daybook.aggregation.reported.v1', { ...report, ...over });
    const large = artifactNamed('large', 1001);
    expect(say({ checkpoint: large })).toMatchObject({ code: 'oversized_checkpoint' });
    expect(say({ momentum: large })).toMatchObject({ code: 'oversized_checkpoint' });
    expect(say({}).ok).toBe(true);
  });

  it('is that of the window', () => {
    const cast = bound(1000, 1000);
    const artifact = { deltaBytesMax: 1, checkpointBytesMax: 1 };
    const { type, data } = adoptionOf({ ...seedPolicy, revision: 2, artifact });
    cast.desk.must(cast.desk.operator, type, data);
    cast.play(4_000_000, 3_000_000);
    expect(cast.desk.books.runs[RUN]?.revisions).toHaveLength(2);
    cast.desk.tick();
    expect(() => cast.train(must(cast.slots[0], 'slot'))).toThrow('oversized_delta');
  });
});

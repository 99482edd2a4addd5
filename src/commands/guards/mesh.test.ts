/** Departures that can wait wait for somebody to stand by; a deathrattle waits for nobody. */
import { describe, expect, it } from 'vitest';
import type { SigningKey } from '../../events/nkey.ts';
import { must } from '../../projections/books.ts';
import { Cast } from '../../testing/cast.ts';
import type { Result } from '../../testing/desk.ts';

const codeOf = (result: Result): string => (result.ok ? 'recorded' : result.code);
const drain = (cast: Cast, key: SigningKey): string =>
  codeOf(
    cast.desk.say(key, 'daybook.participant.draining.v1', { participant: key.actor, session: 1 }),
  );

describe('a drain', () => {
  it('is refused where it would leave too few, and recorded once somebody stands by', () => {
    const cast = Cast.network({ workers: 2 });
    const key = must(cast.workers[0], 'worker');
    expect(drain(cast, key)).toBe('unsafe_shrink');
    cast.desk.join(cast.desk.admit('worker', 'a stand-by'));
    expect(drain(cast, key)).toBe('recorded');
    // Said again it takes nobody away any more.
    expect(drain(cast, key)).toBe('recorded');
    expect(drain(cast, must(cast.workers[1], 'worker'))).toBe('unsafe_shrink');
  });

  it('of a validator counts validators', () => {
    const cast = Cast.network({ validators: 3 });
    expect(drain(cast, must(cast.validators[0], 'validator'))).toBe('recorded');
    expect(drain(cast, must(cast.validators[1], 'validator'))).toBe('unsafe_shrink');
  });

  it('is nobody’s business once the run is over, or without mesh terms', () => {
    const cast = Cast.network({ workers: 2 });
    cast.desk.must(cast.desk.operator, 'daybook.run.failed.v1', { run: 'r', reason: 'given_up' });
    expect(drain(cast, must(cast.workers[0], 'worker'))).toBe('recorded');
    const plain = Cast.started(2, 2);
    expect(drain(plain, must(plain.workers[0], 'worker'))).toBe('recorded');
  });

  it('a deathrattle is always taken', () => {
    const cast = Cast.network({ workers: 2 });
    const key = must(cast.workers[0], 'worker');
    const left = cast.desk.say(key, 'daybook.participant.left.v1', {
      participant: key.actor,
      session: 1,
      reason: 'deathrattle',
    });
    expect(codeOf(left)).toBe('recorded');
  });
});

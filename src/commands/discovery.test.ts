/** Discovery: every candidate fits or has its reasons, and whoever fits is whom the rules give work. */
import { describe, expect, it } from 'vitest';
import { must } from '../projections/books.ts';
import { RUN } from '../testing/cast.ts';
import { Desk, digestNamed } from '../testing/desk.ts';
import { RegistryCast } from '../testing/registry-cast.ts';
import { discover } from './discovery.ts';
import type { DiscoveryFilter } from './discovery.ts';
import { eligible } from './rules/windows/eligibility.ts';
import { seedPolicy } from './seed-policy.ts';

const reasonsOf = (cast: RegistryCast, filter: DiscoveryFilter = {}, nowMs = cast.desk.nowMs) =>
  Object.fromEntries(
    discover(cast.desk.books, filter, nowMs).map(({ name, reasons }) => [name, [...reasons]]),
  );

describe('discovery', () => {
  it('names every reason for which somebody gets no work', () => {
    const cast = RegistryCast.open(3, 0);
    const [gone, poor] = cast.workers.map(({ actor }) => actor) as [never, never];
    cast.register('worker', 'never');
    cast.revoke(gone);
    cast.unlock(poor, '1');
    cast.unlock(poor, '60000000');
    expect(reasonsOf(cast)).toEqual({
      'worker-0': ['key_revoked'],
      'worker-1': ['stake_short'],
      'worker-2': [],
      never: ['never_joined', 'stake_short'],
    });
    const later = cast.desk.nowMs + seedPolicy.liveness.staleAfterMs;
    expect(reasonsOf(cast, {}, later)['worker-2']).toEqual(['stale']);
  });

  it('filters by role, class, speed and build', () => {
    const cast = RegistryCast.open(2, 1);
    const { actor } = must(cast.workers[0], 'worker');
    cast.desk.must(cast.keyOf(actor), 'daybook.capability.claimed.v1', {
      ...cast.claimOf(actor),
      build: digestNamed('newer build'),
    });
    expect(reasonsOf(cast, { role: 'worker', tokensPerSecondMin: 32 })).toEqual({
      'worker-0': [],
      'worker-1': ['capability_unknown'],
      'validator-0': ['other_role', 'capability_unknown'],
    });
    expect(reasonsOf(cast, { tokensPerSecondMin: 33 })['worker-0']).toEqual(['too_slow']);
    expect(reasonsOf(cast, { computeClass: 'tolerant' })['worker-1']).toEqual([
      'other_compute_class',
    ]);
    expect(reasonsOf(cast, { builds: [digestNamed('build')] })).toEqual({
      'worker-0': ['build_not_admitted'],
      'worker-1': [],
      'validator-0': [],
    });
  });

  it('for a run agrees with whom the rules let work', () => {
    const cast = RegistryCast.open(4, 2);
    cast.desk.plan();
    cast.desk.tick();
    const [taking, declining, silent] = cast.workers.map(({ actor }) => actor) as [
      never,
      never,
      never,
    ];
    cast.accept(taking);
    cast.decline(declining);
    expect(reasonsOf(cast, { run: RUN, role: 'worker' })).toMatchObject({
      'worker-0': [],
      'worker-1': ['offer_declined'],
      'worker-2': ['offer_pending'],
    });
    expect(silent).toBeDefined();
    const fits = discover(cast.desk.books, { run: RUN, role: 'worker' }, cast.desk.nowMs)
      .filter(({ reasons }) => reasons.length === 0)
      .map(({ participant }) => participant);
    expect(fits).toEqual(eligible(cast.desk.books, 'worker', RUN, 0));
    expect(reasonsOf(cast, { run: 'other' })['worker-0']).toEqual(['not_offered']);
  });

  it('counts owners where it is asked to', () => {
    const cast = new RegistryCast({ clusterMax: 1 });
    for (const name of ['a', 'b', 'c']) {
      cast.arrive('worker', name);
      if (name !== 'c') cast.deposit(must(cast.workers.at(-1), 'w').actor, '50000000', 'one');
    }
    const fits = Object.values(reasonsOf(cast, { distinctOwners: true }));
    expect(fits.flat()).toEqual(['other_cluster_member']);
    expect(Object.values(reasonsOf(cast)).flat()).toEqual([]);
  });

  it('works without a registry, and with nobody', () => {
    expect(discover(new Desk().open().books, { run: 'r' }, 0)).toEqual([]);
    const desk = new Desk().open();
    desk.join(desk.admit('worker', 'w'));
    expect(discover(desk.books, { run: 'r' }, desk.nowMs)).toMatchObject([{ reasons: [] }]);
  });
});

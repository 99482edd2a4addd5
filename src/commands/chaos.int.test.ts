/** More stories of chaos than a unit test has time for. */
import { it } from 'vitest';
import { chaos } from '../testing/chaos.ts';

it('nothing throws, all balances, replay agrees, and the run can always be finished', () => {
  chaos(60);
});

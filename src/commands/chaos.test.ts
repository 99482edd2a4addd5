/** A few stories of chaos; more of them in chaos.int.test.ts. */
import { it } from 'vitest';
import { chaos } from '../testing/chaos.ts';

it('nothing throws, all balances, replay agrees, and the run can always be finished', () => {
  chaos(5);
}, 60_000);

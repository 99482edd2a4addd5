/** Work over several lanes: what is found does not depend on which of them is faster. */
import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Artifacts } from '../../commands/ports/artifacts.ts';
import { Fault } from '../../commands/ports/fault.ts';
import { fileOf } from '../../scenarios/retained-runs.ts';
import { toyAuditLane } from '../../simulation/toy-lane.ts';
import { Rebuild } from '../rebuild.ts';
import { WeightsAudit } from './weights.ts';

/** Holds nothing, and takes long to say so the first time it is asked. */
function emptyStore(): Artifacts {
  let asked = 0;
  return {
    put: () => Promise.reject(new Error('nothing is stored')),
    get: async (digest) => {
      asked += 1;
      if (asked === 1) await setTimeout(50);
      throw new Fault('artifact_missing', digest, { retryable: false });
    },
    has: async () => false,
    list: async function* () {},
    close: async () => {},
  };
}

it('names the first that does not hold, in the order of the ledger', async () => {
  const rebuilt = new Rebuild({ whole: true });
  rebuilt.addLines(fileOf('scored', 'ndjson'));
  const weights = new WeightsAudit(emptyStore(), [toyAuditLane(), toyAuditLane()]);
  await expect(weights.aggregations(rebuilt.books, () => {})).rejects.toThrow('simulated/0');
});

/** A worker or validator of a simulated network: the role code with ports, a lane and a conduct. */
import type { SigningKey } from '../events/nkey.ts';
import type { JobName } from '../roles/compute-lane.ts';
import type { Registration } from '../roles/enrolment.ts';
import type { Fold } from '../roles/follower.ts';
import { runNode } from '../roles/node.ts';
import { ValidatorDuties } from '../roles/validator.ts';
import { WorkerDuties } from '../roles/worker.ts';
import type { Chance } from './chance.ts';
import type { Conduct } from './conduct/conduct.ts';
import { CONDUCTS } from './conduct/table.ts';
import type { Role } from './process.ts';
import type { Party } from './scenario.ts';
import type { ToyResults } from './toy-lane.ts';
import { ToyLane } from './toy-lane.ts';
import type { World } from './world.ts';

interface Parts {
  readonly world: World;
  readonly key: SigningKey;
  readonly chance: Chance;
  readonly fold: Fold;
  readonly results: ToyResults;
  /** Absent: the operator admits it. */
  readonly registration?: Registration;
}

/** What a job takes on an everyday machine, in ms. */
const JOB_MS: { readonly [N in JobName]: readonly [number, number] } = {
  contribute: [1000, 5000],
  outerStep: [100, 800],
  heldOutLoss: [100, 800],
  compareDeltas: [10, 50],
};

export function nodeRole({ name, role, conduct: called }: Party, parts: Parts): Role {
  const { world, key, fold, registration } = parts;
  const conduct: Conduct | null = called === 'honest' ? null : CONDUCTS[called];
  return async (host, signal, life) => {
    const chance = parts.chance.of(`${name} in life ${life}`);
    const ports = world.portsFor(host);
    const means = { ...ports, clock: host.clock, key, chance: chance.of('conduct') };
    const honest = role === 'worker' ? new WorkerDuties() : new ValidatorDuties();
    const pace = chance.of('pace');
    const entropy = chance.of('entropy');
    const options = {
      ...ports,
      channel: conduct?.channel?.(means) ?? ports.channel,
      clock: host.clock,
      entropy: { bytes: (length: number) => entropy.bytes(length) },
      key,
      lane: new ToyLane(host, (job) => pace.between(...JOB_MS[job]), parts.results),
      software: 'simulated',
      say: () => {},
      fold,
      ...(registration === undefined ? {} : { registration }),
    };
    const duties = conduct?.duties?.(honest, means) ?? honest;
    await Promise.all([runNode(options, duties, signal), conduct?.besides?.(means, signal)]);
  };
}

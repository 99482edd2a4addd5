/** A worker or validator of a simulated network: the role code with ports, a lane and a conduct. */
import type { SigningKey } from '../events/nkey.ts';
import type { JobName } from '../roles/compute-lane.ts';
import type { Registration } from '../roles/enrolment.ts';
import type { Fold } from '../roles/follower.ts';
import type { Duties } from '../roles/node.ts';
import { runNode } from '../roles/node.ts';
import { ValidatorDuties } from '../roles/validator.ts';
import { WorkerDuties } from '../roles/worker.ts';
import type { Chance } from './chance.ts';
import type { Conduct } from './conduct/conduct.ts';
import { CONDUCTS } from './conduct/table.ts';
import type { Host } from './host.ts';
import type { Ports } from './ports.ts';
import type { Role } from './process.ts';
import type { Party } from './scenario.ts';
import type { Compute } from './toy-lane.ts';
import { PacedLane } from './toy-lane.ts';

interface Parts {
  readonly portsFor: (host: Host) => Ports;
  readonly key: SigningKey;
  readonly chance: Chance;
  readonly fold: Fold;
  readonly compute: Compute;
  /** Absent: somebody else has it admitted. */
  readonly registration?: Registration;
  /** How many times faster than an everyday machine. */
  readonly haste: number;
}

/** What a job takes on an everyday machine, in ms. */
const JOB_MS: { readonly [N in JobName]: readonly [number, number] } = {
  contribute: [1000, 5000],
  stage: [500, 2500],
  outerStep: [100, 800],
  heldOutLoss: [100, 800],
  compareDeltas: [10, 50],
};

export function nodeRole({ name, role, conduct: called }: Party, parts: Parts): Role {
  const { portsFor, key, fold, haste } = parts;
  const conduct: Conduct | null = called === 'honest' ? null : CONDUCTS[called];
  return async (host, signal, life, drain) => {
    const chance = parts.chance.of(`${name} in life ${life}`);
    const ports = portsFor(host);
    const means = { ...ports, clock: host.clock, key, chance: chance.of('conduct'), haste };
    const honest: Duties = role === 'worker' ? new WorkerDuties() : new ValidatorDuties();
    const pace = chance.of('pace');
    const entropy = chance.of('entropy');
    const options = {
      ...ports,
      channel: conduct?.channel?.(means) ?? ports.channel,
      clock: host.clock,
      entropy: { bytes: (length: number) => entropy.bytes(length) },
      key,
      lane: new PacedLane(
        host,
        (job) => Math.ceil(pace.between(...JOB_MS[job]) / haste),
        parts.compute,
      ),
      software: 'simulated',
      say: () => {},
      drain,
      fold,
      ...(parts.registration === undefined ? {} : { registration: parts.registration }),
    };
    const altered = conduct?.duties?.(honest, means) ?? honest;
    // Unless its conduct says otherwise, what it does beside its steps is the same whoever it is.
    const { beside } = altered.beside === undefined ? honest : altered;
    const duties: Duties = {
      perform: altered.perform.bind(altered),
      ...(beside === undefined ? {} : { beside: beside.bind(altered.beside ? altered : honest) }),
    };
    if (conduct?.besides === undefined) return runNode(options, duties, signal);
    // What it does besides ends with the node, which may end by itself.
    const over = new AbortController();
    const besides = conduct.besides(means, AbortSignal.any([signal, over.signal]));
    await Promise.all([runNode(options, duties, signal).finally(() => over.abort()), besides]);
  };
}

/** Makes a schedule of faults happen: each begins and ends at its time. */
import type { Digest } from '../events/ids.ts';
import { must } from '../projections/books.ts';
import type { PlannedFault } from './faults.ts';
import type { SimulatedOperator } from './operator.ts';
import type { Process } from './process.ts';
import type { Timeline } from './timeline.ts';
import type { Weather } from './weather.ts';
import type { Witness } from './witness.ts';
import type { World } from './world.ts';

export interface Stage {
  readonly timeline: Timeline;
  readonly weather: Weather;
  /** What is done to the store itself. */
  readonly damage: (kind: 'artifact-lost' | 'artifact-corrupt') => void;
  readonly operator: SimulatedOperator;
  readonly processes: ReadonlyMap<string, Process>;
}

/** Virtual time, from now, after which nothing goes wrong any more. */
export function unleash(faults: readonly PlannedFault[], stage: Stage): number {
  const { timeline, weather } = stage;
  for (const fault of faults) {
    timeline.after(fault.fromMs, () => {
      weather.begin(fault);
      begin(fault, stage);
    });
    timeline.after(fault.untilMs, () => {
      weather.end(fault);
      end(fault, stage);
    });
  }
  return Math.max(0, ...faults.map(({ untilMs }) => untilMs));
}

function begin({ id, kind, target }: PlannedFault, stage: Stage): void {
  const { damage, operator, processes } = stage;
  if (kind === 'crash') must(processes.get(target), target).crash();
  else if (kind === 'stop') must(processes.get(target), target).stop();
  else if (kind === 'drain') must(processes.get(target), target).drain();
  else if (kind === 'run-pause') operator.pause(id);
  else if (kind === 'artifact-lost' || kind === 'artifact-corrupt') damage(kind);
}

/** Takes or spoils the newest delta in the store. */
export const damageTo =
  (world: World, witness: Witness): Stage['damage'] =>
  (kind) => {
    const digest = newestDelta(witness, world);
    if (digest === null) return;
    if (kind === 'artifact-lost') world.artifacts.delete(digest);
    else world.artifacts.set(digest, Buffer.from('damaged'));
  };

function end({ id, kind, target }: PlannedFault, { operator, processes }: Stage): void {
  if (kind === 'crash' || kind === 'stop' || kind === 'drain')
    must(processes.get(target), target).recover();
  else if (kind === 'run-pause') operator.resume(id);
}

/** Its author, or whoever recomputes it, can store it again; what else is in the store cannot be spared. */
function newestDelta({ events }: Witness, { artifacts }: World): Digest | null {
  const uploaded = events.findLast(
    (event) =>
      event.type === 'daybook.upload.completed.v1' && artifacts.has(event.data.delta.digest),
  );
  return uploaded?.type === 'daybook.upload.completed.v1' ? uploaded.data.delta.digest : null;
}

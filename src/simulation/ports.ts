/**
 * The ports of one process of a network: those of any adapter, behind the weather and the fate of its
 * host. What is beneath - memory, a folder, a server - knows of neither.
 */
import type { Artifacts } from '../commands/ports/artifacts.ts';
import type { Channel } from '../commands/ports/channel.ts';
import type { EventLog } from '../commands/ports/event-log.ts';
import type { Leadership } from '../commands/ports/leadership.ts';
import type { ShownFrom } from './artifacts.ts';
import { SimulatedArtifacts } from './artifacts.ts';
import type { AnswerWatch } from './channel.ts';
import { SimulatedChannel } from './channel.ts';
import type { Host } from './host.ts';
import { SimulatedLeadership } from './leadership.ts';
import { SimulatedLog } from './log.ts';

/** What an adapter opens for one process. */
export interface Beneath {
  readonly log: EventLog;
  readonly artifacts: Artifacts;
  readonly channel: Channel;
  readonly leadership: Leadership;
}

export interface Ports extends Beneath {
  readonly log: SimulatedLog;
  readonly artifacts: SimulatedArtifacts;
  readonly channel: SimulatedChannel;
  readonly leadership: SimulatedLeadership;
}

/** What the processes of one network have in common. */
export interface Common {
  readonly shownFrom: ShownFrom;
  readonly answered: AnswerWatch;
}

export function portsOver(beneath: Beneath, host: Host, { shownFrom, answered }: Common): Ports {
  return {
    log: new SimulatedLog(beneath.log, host),
    artifacts: new SimulatedArtifacts(beneath.artifacts, host, shownFrom),
    channel: new SimulatedChannel(beneath.channel, host, answered),
    leadership: new SimulatedLeadership(beneath.leadership, host),
  };
}

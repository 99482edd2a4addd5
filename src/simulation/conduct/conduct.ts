/**
 * Conduct: how a party that is not honest differs from one that is. It runs the same role code; what
 * it changes is what goes in and out of it: the facts it signs, the steps it takes, the bytes it stores,
 * the messages it sends besides.
 */
import type { Artifacts } from '../../commands/ports/artifacts.ts';
import type { Channel } from '../../commands/ports/channel.ts';
import type { Clock } from '../../commands/ports/clock.ts';
import type { EventLog } from '../../commands/ports/event-log.ts';
import type { SigningKey } from '../../events/nkey.ts';
import type { Duties } from '../../roles/node.ts';
import type { Chance } from '../chance.ts';

/** What a dishonest party has to work with: the same ports as its honest self. */
export interface Means {
  readonly log: EventLog;
  readonly channel: Channel;
  readonly artifacts: Artifacts;
  readonly clock: Clock;
  readonly key: SigningKey;
  readonly chance: Chance;
  /** How many times faster than an everyday network this one goes. */
  readonly haste: number;
}

export interface Conduct {
  readonly doc: string;
  readonly role: 'worker' | 'validator' | 'authority';
  readonly duties?: (honest: Duties, means: Means) => Duties;
  /** What its role code takes for the channel. */
  readonly channel?: (means: Means) => Channel;
  /** What it does besides its duties, until aborted. */
  readonly besides?: (means: Means, signal: AbortSignal) => Promise<void>;
}

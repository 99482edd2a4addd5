/**
 * Everything the memory adapters share, by ledger name: an explicit object and never a global, so
 * that a test or a simulation owns its world and two worlds never meet. All its time is the clock's:
 * on a virtual clock nothing here happens by itself.
 */
import { Bell } from '../bell.ts';
import type { Clock } from '../../commands/ports/clock.ts';
import type { IncomingRequest, RequestKind } from '../../commands/ports/channel.ts';
import type { Standing } from '../../commands/ports/leadership.ts';
import type { StoredCommit } from '../../events/commit.ts';
import type { ActorId, Digest, LedgerId } from '../../events/ids.ts';

export interface WaitingRequest {
  readonly kind: RequestKind;
  readonly payload: Uint8Array;
  readonly answer: (reply: Uint8Array) => void;
}

export interface QueuedStep {
  readonly stepId: string;
  readonly payload: Uint8Array;
  attempt: number;
  /** Not delivered before this time. */
  dueMs: number;
}

export interface MemoryLedger {
  readonly commits: StoredCommit[];
  readonly committed: Bell;
  readonly artifacts: Map<Digest, Uint8Array>;
  readonly requests: WaitingRequest[];
  readonly servers: ((request: IncomingRequest) => void)[];
  /** Head of the queue = the step being worked on or next. */
  readonly steps: Map<ActorId, QueuedStep[]>;
  /** One bell an addressee: a network of many would wake them all for every step of one. */
  readonly stepsChanged: Map<ActorId, Bell>;
  /** When an acknowledged step was acknowledged, by addressee and id, oldest first. */
  readonly done: Map<string, number>;
  lead: Standing;
  /** Handles that could claim the lead, counted to name them. */
  contenders: number;
}

export class MemoryWorld {
  readonly clock: Clock;
  readonly #ledgers = new Map<LedgerId, MemoryLedger>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  ledger(id: LedgerId): MemoryLedger {
    const known = this.#ledgers.get(id);
    if (known !== undefined) return known;
    const fresh: MemoryLedger = {
      commits: [],
      committed: new Bell(),
      artifacts: new Map(),
      requests: [],
      servers: [],
      steps: new Map(),
      stepsChanged: new Map(),
      done: new Map(),
      lead: { revision: 0, claim: null },
      contenders: 0,
    };
    this.#ledgers.set(id, fresh);
    return fresh;
  }
}

export function stepBell({ stepsChanged }: MemoryLedger, addressee: ActorId): Bell {
  const bell = stepsChanged.get(addressee) ?? new Bell();
  stepsChanged.set(addressee, bell);
  return bell;
}

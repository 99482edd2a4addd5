/** Who leads, in memory: the register is a field of the world. */
import type { MemoryLedger, MemoryWorld } from './world.ts';
import type { Claim, Leadership, Standing } from '../../commands/ports/leadership.ts';
import type { LedgerId } from '../../events/ids.ts';

class MemoryLeadership implements Leadership {
  readonly self: string;
  readonly #shared: MemoryLedger;

  constructor(shared: MemoryLedger) {
    shared.contenders += 1;
    this.self = `authority-${shared.contenders}`;
    this.#shared = shared;
  }

  async look(): Promise<Standing> {
    return this.#shared.lead;
  }

  async claim(leaseMs: number, revision: number): Promise<number | null> {
    return this.#write({ holder: this.self, leaseMs }, revision);
  }

  async release(revision: number): Promise<void> {
    this.#write(null, revision);
  }

  #write(claim: Claim | null, revision: number): number | null {
    if (this.#shared.lead.revision !== revision) return null;
    this.#shared.lead = { revision: revision + 1, claim };
    return revision + 1;
  }

  async close(): Promise<void> {}
}

export function openLeadership(world: MemoryWorld, ledger: LedgerId): Leadership {
  return new MemoryLeadership(world.ledger(ledger));
}

/**
 * Folds the log anew beside the folding that is being served, believing nothing that the old one
 * rests on, until it stands at the same position; then hands it over in that very turn, so that no
 * reader sees a gap or a size that goes backwards.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { EventLog } from '../commands/ports/event-log.ts';
import { base64Of } from '../events/base64.ts';
import { Batch } from './batch.ts';
import { Breath } from './breath.ts';
import { Illegal } from './fault-view.ts';
import { Folding, nothingOf } from './folding.ts';

const LOOK_AGAIN_MS = 20;

export interface Beside {
  readonly log: EventLog;
  /** What is served now. */
  readonly serving: () => Folding;
  /** Called once, with a folding of the same entries as the one served. */
  readonly takeOver: (fresh: Folding) => void;
  readonly signal: AbortSignal;
}

/**
 * Resolves when the new folding has taken over, or the signal has aborted.
 * @throws Illegal when the log, read again, does not hold; Fault when it cannot be read
 */
export async function rebuildBeside({ log, serving, takeOver, signal }: Beside): Promise<void> {
  const fresh = new Folding(nothingOf(log.ledger));
  const batch = new Batch(fresh, log.ledger);
  const breath = new Breath();
  /** In one turn with the look at both positions. */
  const tookOver = (): boolean => {
    batch.flush();
    if (fresh.position !== serving().position) return false;
    takeOver(checked(fresh, serving()));
    return true;
  };
  while (!signal.aborted) {
    for await (const commit of log.read(fresh.position)) {
      if (signal.aborted) return;
      // What the served one has not folded yet is left to the next look at it.
      if (commit.position > serving().position) break;
      batch.add(commit);
      if (!batch.isFull && commit.position < serving().position) continue;
      if (tookOver()) return;
      await breath.take();
    }
    if (tookOver()) return;
    await delay(LOOK_AGAIN_MS, undefined, { signal }).catch(() => undefined);
  }
}

function checked(fresh: Folding, served: Folding): Folding {
  const [now, then] = [fresh, served].map(({ tree }) => base64Of(tree.root()));
  if (now === then) return fresh;
  throw new Illegal(
    'log_changed',
    `read again, the log gives root ${now}; what is served had ${then}`,
    served.size,
  );
}

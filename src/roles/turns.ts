/**
 * Authorities of one ledger taking turns: one leads, the others stand by. Who leads claims the lead
 * again and again; who stands by looks, and takes it over once a claim has stayed the same for the
 * lease it promised. Time is only slept, never read: clocks may jump, stand still or disagree.
 *
 * Invariant: who leads stops by itself before others would take over - unless its process is stopped
 * or its timers are late. Two may then lead for a moment, which costs them conflicts and never a
 * fork: every append carries the expected position.
 */
import type { Clock } from '../commands/ports/clock.ts';
import { Fault } from '../commands/ports/fault.ts';
import type { Leadership, Standing } from '../commands/ports/leadership.ts';

export interface Turns {
  readonly leadership: Leadership;
  readonly clock: Clock;
  readonly leaseMs: number;
  /** Runs while another one leads, until its signal aborts. */
  readonly standBy: (signal: AbortSignal) => Promise<void>;
  /** Runs while this one leads, until its signal aborts; what it has in hand is done when it ends. */
  readonly lead: (signal: AbortSignal) => Promise<void>;
  /** Who is seen to lead, whenever that is another one than before. */
  readonly onLeader?: (holder: string) => void;
}

/** Of a lease: between two claims of who leads, and between two looks of who stands by. */
const CLAIM_EVERY = 1 / 6;
const LOOK_EVERY = 1 / 8;
/**
 * Of a lease: how long the lead is kept after a claim that was answered, from when that was sent; and
 * how much longer while the next one is under way. The latter keeps the lead of a process that was
 * busy for so long that its timers all come at once, and whose place nobody has taken.
 */
const HOLD = 1 / 2;
const HOLD_MORE = 1 / 4;
/** Of a lease: what is left of it, at least, when the lead is given up by itself. */
export const LEFT = 1 - HOLD - HOLD_MORE;
/** Looks at an unchanged claim, after the first, that make its lease. */
const LOOKS_A_LEASE = 7;
/** How often, in the time that is held on longer, it is seen whether the claim was answered. */
const LOOKS_AFTER = 5;
/** Bounds of what a stranger's claim can promise. */
export const LEASE_MS_MIN = 50;
export const LEASE_MS_MAX = 60_000;
/** Between looks at a register that cannot be read, or that nobody claims and another was faster. */
const LOOK_AGAIN = 1 / 8;

/** The lead as it was won: what the next claim replaces, and when it lapses without one. */
interface Tenure {
  revision: number;
  hold: Hold;
  /** Aborts when the lead is lost. */
  readonly lost: AbortController;
}

/** Made once, for an abort without a reason makes an exception each time. */
const ENDED = new Error('ended');

/** Until the signal aborts, or one of the two tasks fails. */
export async function takeTurns(turns: Turns, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    const tenure = await together(
      (signal) => won(turns, signal),
      (signal) => turns.standBy(signal),
      stop,
    );
    if (tenure === null) return;
    turns.onLeader?.(turns.leadership.self);
    try {
      await together(
        (signal) => turns.lead(AbortSignal.any([signal, tenure.lost.signal])),
        (signal) => renew(turns, tenure, signal),
        stop,
      );
    } finally {
      tenure.hold.end();
      await turns.leadership.release(tenure.revision).catch(unlessFault);
    }
  }
}

/** What `main` gives; `beside` runs with it and ends with it. If either fails, both end. */
async function together<T>(
  main: (signal: AbortSignal) => Promise<T>,
  beside: (signal: AbortSignal) => Promise<void>,
  stop: AbortSignal,
): Promise<T> {
  const over = new AbortController();
  const signal = AbortSignal.any([stop, over.signal]);
  const running = beside(signal).catch((error: unknown) => {
    over.abort();
    throw error;
  });
  const settled = await Promise.allSettled([main(signal).finally(() => over.abort()), running]);
  for (const one of settled) if (one.status === 'rejected') throw one.reason;
  return (settled[0] as PromiseFulfilledResult<T>).value;
}

/** Looks until the lead can be had, and has it; null when stopped first. */
async function won(turns: Turns, signal: AbortSignal): Promise<Tenure | null> {
  const { leadership, clock } = turns;
  const watch = new Watch(turns);
  while (!signal.aborted) {
    const standing = await leadership.look().catch(unlessFault);
    if (standing !== undefined && watch.isFree(standing) && !signal.aborted) {
      const tenure = await claim(turns, standing.revision);
      if (tenure !== null) return tenure;
    }
    await clock.sleep(watch.lookEveryMs, signal).catch(() => undefined);
  }
  return null;
}

async function claim(turns: Turns, at: number): Promise<Tenure | null> {
  const { leadership, clock, leaseMs } = turns;
  const lost = new AbortController();
  // From before it is sent: others may see it as soon as that.
  const hold = new Hold(clock, leaseMs, lost);
  const revision = await leadership.claim(leaseMs, at).catch(unlessFault);
  if (typeof revision === 'number' && !lost.signal.aborted) return { revision, hold, lost };
  hold.end();
  return null;
}

/** What is seen of the leader, look by look. */
class Watch {
  readonly #turns: Turns;
  #revision: number | null = null;
  #leader: string | null = null;
  /** Successful looks since the one that first saw this revision. */
  #looks = 0;
  lookEveryMs: number;

  constructor(turns: Turns) {
    this.#turns = turns;
    this.lookEveryMs = Math.ceil(turns.leaseMs * LOOK_AGAIN);
  }

  isFree({ revision, claim: found }: Standing): boolean {
    this.#looks = revision === this.#revision ? this.#looks + 1 : 0;
    this.#revision = revision;
    const { leadership, leaseMs, onLeader } = this.#turns;
    // A claim of its own is one that lapsed before it was answered.
    if (found === null || found.holder === leadership.self) {
      this.lookEveryMs = Math.ceil(leaseMs * LOOK_AGAIN);
      return true;
    }
    if (found.holder !== this.#leader) onLeader?.(found.holder);
    this.#leader = found.holder;
    const promisedMs = Math.min(Math.max(found.leaseMs, LEASE_MS_MIN), LEASE_MS_MAX);
    this.lookEveryMs = Math.ceil(promisedMs * LOOK_EVERY);
    return this.#looks >= LOOKS_A_LEASE;
  }
}

/** Claims the lead again and again, until stopped or lost. */
async function renew(turns: Turns, tenure: Tenure, signal: AbortSignal): Promise<void> {
  const { clock, leaseMs } = turns;
  const ended = AbortSignal.any([signal, tenure.lost.signal]);
  for (;;) {
    await clock.sleep(Math.ceil(leaseMs * CLAIM_EVERY), ended).catch(() => undefined);
    if (ended.aborted) return;
    if (await isTaken(turns, tenure)) return tenure.lost.abort();
  }
}

/** Claims the lead again. Whether another one has it; what cannot be found out now is tried again. */
async function isTaken(turns: Turns, tenure: Tenure): Promise<boolean> {
  const { leadership, clock, leaseMs } = turns;
  tenure.hold.nextIsUnderWay = true;
  try {
    for (;;) {
      const hold = new Hold(clock, leaseMs, tenure.lost);
      const revision = await leadership.claim(leaseMs, tenure.revision).catch(unlessFault);
      if (typeof revision === 'number') {
        tenure.hold.end();
        Object.assign(tenure, { hold, revision });
        return false;
      }
      hold.end();
      if (revision === undefined) return false;
      // The write that it found in its place may be its own, never answered.
      const standing = await leadership.look().catch(unlessFault);
      if (standing === undefined) return false;
      if (standing.claim?.holder !== leadership.self) return true;
      tenure.revision = standing.revision;
    }
  } finally {
    tenure.hold.nextIsUnderWay = false;
  }
}

/** Gives the lead up when its time is over, unless it is ended before. */
class Hold {
  readonly #over = new AbortController();
  nextIsUnderWay = false;

  constructor(clock: Clock, leaseMs: number, lost: AbortController) {
    const { signal } = this.#over;
    const run = async (): Promise<void> => {
      await clock.sleep(Math.ceil(leaseMs * HOLD), signal);
      for (let more = 0; this.nextIsUnderWay && more < LOOKS_AFTER; more += 1)
        await clock.sleep(Math.ceil((leaseMs * HOLD_MORE) / LOOKS_AFTER), signal);
      lost.abort();
    };
    run().catch(() => undefined);
  }

  end(): void {
    this.#over.abort(ENDED);
  }
}

/** A register that cannot be reached now is asked again soon; who may not use it must know. */
function unlessFault(error: unknown): undefined {
  if (error instanceof Fault && error.retryable) return undefined;
  throw error;
}

/** Who has how much that a penalty reaches, in a settlement that is only worked out. */
import type { Policy } from '../../projections/books.ts';

type Vesting = NonNullable<Policy['vesting']>;

interface Waiting {
  readonly run: string;
  readonly period: number;
  /** In the order of closes, over all runs. */
  readonly order: number;
  left: bigint;
}

interface RunState {
  readonly vesting: Vesting;
  lastPeriod: number;
  turnedMs: number;
  ended: boolean;
}

export class Vault {
  readonly #escrow = new Map<string, bigint>();
  readonly #waiting = new Map<string, Waiting[]>();
  readonly #runs = new Map<string, RunState | null>();
  /** By assignment. */
  readonly #taken = new Map<string, bigint>();
  #order = 0;

  stake(participant: string, amount: bigint): void {
    this.#escrow.set(participant, amount);
  }

  /** @param vesting of now; a run keeps the terms that it closed its first period under */
  pay(
    run: string,
    period: number,
    payouts: ReadonlyMap<string, bigint>,
    vesting: Vesting | null,
    nowMs: number,
  ): void {
    const state =
      this.#runs.get(run) ??
      (vesting === null ? null : { vesting, lastPeriod: period, turnedMs: nowMs, ended: false });
    this.#runs.set(run, state);
    this.#order += 1;
    if (state === null) return;
    state.lastPeriod = period;
    state.turnedMs = nowMs;
    for (const [participant, left] of payouts) {
      const waiting = this.#waiting.get(participant) ?? [];
      waiting.push({ run, period, order: this.#order, left });
      this.#waiting.set(participant, waiting);
    }
  }

  end(run: string, nowMs: number): void {
    const state = this.#runs.get(run);
    if (state === undefined || state === null) return;
    state.ended = true;
    state.turnedMs = Math.min(state.turnedMs, nowMs);
  }

  /** As far as it reaches: the escrow, then what has not vested, the newest first. */
  take(participant: string, assignment: string, amount: bigint, nowMs: number): bigint {
    const escrow = this.#escrow.get(participant) ?? 0n;
    const first = escrow < amount ? escrow : amount;
    this.#escrow.set(participant, escrow - first);
    let left = amount - first;
    const unvested = (this.#waiting.get(participant) ?? []).filter((one) =>
      this.#isUnvested(one, nowMs),
    );
    for (const one of unvested.toSorted((a, b) => b.order - a.order)) {
      const taken = one.left < left ? one.left : left;
      one.left -= taken;
      left -= taken;
    }
    this.#waiting.set(participant, unvested);
    this.#taken.set(assignment, amount - left);
    return amount - left;
  }

  /** A rejection was overturned: what it took goes to the escrow. */
  giveBack(participant: string, assignment: string): bigint {
    const taken = this.#taken.get(assignment) ?? 0n;
    this.#escrow.set(participant, (this.#escrow.get(participant) ?? 0n) + taken);
    return taken;
  }

  #isUnvested({ run, period }: Waiting, nowMs: number): boolean {
    const state = this.#runs.get(run);
    if (state === undefined || state === null) return false;
    const { vesting, lastPeriod, turnedMs, ended } = state;
    const turns = ended ? Math.floor((nowMs - turnedMs) / vesting.turnMs) : 0;
    // Each turn vests the oldest of the periods that wait, as a close of the next period would.
    return period + vesting.periods > lastPeriod + turns;
  }
}

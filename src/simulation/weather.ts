/**
 * Which faults are in force now, and what they do to a message, an append or a clock. Invariant: what
 * a fault does follows from its own stream of chance alone.
 */
import type { Chance } from './chance.ts';
import type { FaultKind, PlannedFault } from './faults.ts';
import type { Timeline } from './timeline.ts';

interface Active {
  readonly fault: PlannedFault;
  readonly chance: Chance;
  readonly endMs: number;
}

/** Everyday latency of a hop, in ms. */
export interface Calm {
  readonly hopMs: readonly [number, number];
}

export class Weather {
  readonly #scheduler: Timeline;
  readonly #chance: Chance;
  readonly #calm: Calm;
  readonly #active: Active[] = [];
  /** Everyday chance of each process. */
  readonly #everyday = new Map<string, Chance>();
  readonly counts = new Map<FaultKind, number>();

  constructor(scheduler: Timeline, chance: Chance, calm: Calm) {
    this.#scheduler = scheduler;
    this.#chance = chance;
    this.#calm = calm;
  }

  begin(fault: PlannedFault): void {
    const endMs = this.#scheduler.nowMs() + fault.untilMs - fault.fromMs;
    this.#active.push({ fault, chance: this.#chance.of(fault.id), endMs });
    this.counts.set(fault.kind, (this.counts.get(fault.kind) ?? 0) + 1);
  }

  end(fault: PlannedFault): void {
    const at = this.#active.findIndex((active) => active.fault.id === fault.id);
    if (at >= 0) this.#active.splice(at, 1);
  }

  /** Milliseconds until a process is reachable again; 0 when it is. */
  isolatedMs(process: string): number {
    return this.#restMs('isolate', process);
  }

  frozenMs(process: string): number {
    return this.#restMs('freeze', process);
  }

  logOutageMs(): number {
    return this.#restMs('log-outage', '*');
  }

  skewMs(process: string): number {
    return this.#sum('skew', process);
  }

  slowness(process: string): number {
    return Math.max(1, this.#sum('slow', process));
  }

  storeLateMs(): number {
    return this.#sum('store-late', '*');
  }

  /** How long until a process sees what is new in the log. */
  lagMs(process: string): number {
    const active = this.#of('lag', process);
    return active === undefined ? 0 : active.chance.below(active.fault.amount);
  }

  /** What becomes of an append: null when its answer comes through. */
  lostAck(): { readonly stored: boolean } | null {
    const active = this.#of('lost-ack', '*');
    if (active === undefined || !active.chance.ppm(active.fault.amount)) return null;
    return { stored: active.chance.ppm(600_000) };
  }

  /** When each copy of a message arrives, in ms from now; none when it is lost. */
  arrivals(process: string): number[] {
    const drop = this.#of('drop', process);
    if (this.isolatedMs(process) > 0) return [];
    if (drop?.chance.ppm(drop.fault.amount) === true) return [];
    const twice = this.#of('duplicate', process);
    const copies = twice?.chance.ppm(twice.fault.amount) === true ? 2 : 1;
    return Array.from({ length: copies }, () => this.hopMs(process));
  }

  /** One hop of a message that arrives. */
  hopMs(process: string): number {
    const [least, most] = this.#calm.hopMs;
    const delay = this.#of('delay', process);
    const extra = delay === undefined ? 0 : delay.chance.below(delay.fault.amount);
    return most === 0 ? extra : extra + this.#everydayOf(process).between(least, most);
  }

  #everydayOf(process: string): Chance {
    let chance = this.#everyday.get(process);
    if (chance === undefined) {
      chance = this.#chance.of(`hops of ${process}`);
      this.#everyday.set(process, chance);
    }
    return chance;
  }

  #of(kind: FaultKind, target: string): Active | undefined {
    return this.#active.find(
      ({ fault }) => fault.kind === kind && (fault.target === target || fault.target === '*'),
    );
  }

  #sum(kind: FaultKind, target: string): number {
    let sum = 0;
    for (const { fault } of this.#active)
      if (fault.kind === kind && (fault.target === target || fault.target === '*'))
        sum += fault.amount;
    return sum;
  }

  #restMs(kind: FaultKind, target: string): number {
    let restMs = 0;
    for (const { fault, endMs } of this.#active)
      if (fault.kind === kind && (fault.target === target || fault.target === '*'))
        restMs = Math.max(restMs, endMs - this.#scheduler.nowMs());
    return restMs;
  }
}

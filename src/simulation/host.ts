/**
 * One life of a process on its machine: from its start to its stop or its crash. Crash and freeze are
 * modelled at the ports: whatever the process awaits when it dies never comes, so it stops where it
 * stands and its memory is lost with it; while frozen everything comes later. Invariant: a process
 * that is dead causes nothing any more; what it had sent is under way all the same.
 */
import type { Clock } from '../commands/ports/clock.ts';
import type { Timeline } from './timeline.ts';
import type { Weather } from './weather.ts';

export class Host {
  readonly name: string;
  readonly scheduler: Timeline;
  readonly weather: Weather;
  readonly clock: Clock;
  readonly #death = new AbortController();
  #alive = true;

  constructor(name: string, scheduler: Timeline, weather: Weather) {
    this.name = name;
    this.scheduler = scheduler;
    this.weather = weather;
    this.clock = {
      nowMs: () => scheduler.nowMs() + weather.skewMs(name),
      sleep: (ms, signal) => this.seen(scheduler.sleep(ms, signal)),
      alarm: (ms, ring) => scheduler.alarm(ms, () => this.whenAwake(ring)),
    };
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Aborts when the process dies: for what others hold on its behalf. */
  get death(): AbortSignal {
    return this.#death.signal;
  }

  kill(): void {
    this.#alive = false;
    this.#death.abort(new Error('killed'));
  }

  /** What the process sees of some work: nothing once it is dead, later while it is frozen. */
  seen<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      work.then(
        (value) => this.whenAwake(() => resolve(value)),
        (error: unknown) => this.whenAwake(() => reject(error as Error)),
      );
    });
  }

  whenAwake(act: () => void): void {
    if (!this.alive) return;
    const frozenMs = this.weather.frozenMs(this.name);
    if (frozenMs === 0) act();
    else this.scheduler.after(frozenMs, () => this.whenAwake(act));
  }

  get isAwake(): boolean {
    return this.alive && this.weather.frozenMs(this.name) === 0;
  }

  /** Goes on when the process may: at once, later, or never. */
  async awake(): Promise<void> {
    if (this.isAwake) return;
    await new Promise<void>((resolve) => this.whenAwake(resolve));
  }

  /** Time under way, whatever becomes of the process meanwhile. */
  async hop(ms = this.weather.hopMs(this.name)): Promise<void> {
    if (ms > 0) await this.scheduler.sleep(ms);
  }
}

/**
 * A mesh with stages: six workers of whom few get slots; canaries rise to full, one takes too long,
 * one cheats and is set back; one leaves with a deathrattle.
 */
import type { SigningKey } from '../../events/nkey.ts';
import { must } from '../../projections/books.ts';
import type { Policy } from '../../projections/books.ts';
import { stageOf } from '../../projections/standing.ts';
import { seedNetworkPolicy } from '../../commands/network-policy.ts';
import { seedPolicy } from '../../commands/seed-policy.ts';
import { Cast, RUN } from '../cast.ts';
import type { Desk } from '../desk.ts';

const SECOND_MS = 1000;
const { mesh, admission } = seedNetworkPolicy;
const TERMS: Partial<Policy> = {
  mesh: { ...mesh, standbyMax: 2, exploreBps: 5000 },
  admission: { ...admission, canaryAccepted: 1, limitedAccepted: 1, canaryWindows: 1 },
  window: { ...seedPolicy.window, deadlineMs: 40 * SECOND_MS, claimTtlMs: 15 * SECOND_MS },
};

export function meshStory(): Desk {
  const story = new MeshStory();
  story.play();
  story.waste();
  for (let window = 2; window < 6; window += 1) story.play();
  story.cheat();
  story.leave();
  story.play();
  return story.cast.desk;
}

class MeshStory {
  readonly cast = Cast.network({ policy: TERMS, plan: { windows: 8 } });
  #beat = 0;

  play(): void {
    const before = this.#loss();
    this.cast.play(before, before - 100_000);
    this.#wait(SECOND_MS);
  }

  /** Everybody is alive and nobody works: the window is sealed by its deadline. */
  waste(): void {
    const { window } = this.cast.window;
    while (this.cast.window.window === window) this.#wait(5 * SECOND_MS);
  }

  cheat(): void {
    const { cast } = this;
    const [first, ...others] = cast.slots as [string, ...string[]];
    cast.train(first, 'an altered delta');
    for (const slot of others) cast.train(slot);
    cast.reveal();
    cast.judge();
    cast.aggregate(this.#loss(), this.#loss() - 100_000);
    this.#wait(SECOND_MS);
  }

  leave(): void {
    const { desk, workers } = this.cast;
    // Whoever is full needs no lease to be ready.
    const isOnTheWay = ({ actor }: SigningKey): boolean =>
      stageOf(desk.books.members[actor]).stage !== 'full';
    const leaving = must(workers.findLast(isOnTheWay) ?? workers.at(-1), 'worker');
    desk.must(leaving, 'daybook.participant.left.v1', {
      participant: leaving.actor,
      session: this.cast.sessionOf(leaving.actor),
      reason: 'deathrattle',
    });
  }

  #wait(ms: number): void {
    this.cast.desk.pass(ms);
    this.#beat += 1;
    this.cast.heartbeat(this.#beat);
    this.cast.desk.tick();
  }

  #loss(): number {
    const run = must(this.cast.desk.books.runs[RUN], 'run');
    return run.revisions.at(-1)?.heldOutLossMicroNats ?? 4_000_000;
  }
}

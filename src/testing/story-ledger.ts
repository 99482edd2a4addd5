/** For tests of readers: the desk's story on a memory log, appended commit by commit. */
import { isLeft } from 'fp-ts/lib/Either.js';
import { openLog } from '../adapters/memory/event-log.ts';
import { MemoryWorld } from '../adapters/memory/world.ts';
import { systemClock } from '../adapters/system-clock.ts';
import type { EventLog } from '../commands/ports/event-log.ts';
import type { Commit } from '../events/commit.ts';
import { currentAssignments, must } from '../projections/books.ts';
import { DeskStory } from './desk-story.ts';
import { LEDGER } from './desk.ts';

export class StoryLedger {
  readonly story: DeskStory;
  readonly world = new MemoryWorld(systemClock);
  readonly #log: EventLog;

  constructor(...shape: ConstructorParameters<typeof DeskStory>) {
    this.story = new DeskStory(...shape);
    this.#log = this.handle();
  }

  /** Its own handle, as another process would have. */
  handle(): EventLog {
    return openLog(this.world, LEDGER);
  }

  /** Append what the story recorded since the last time. */
  async save(): Promise<void> {
    await this.append(this.story.commit());
  }

  async append(commit: Commit): Promise<void> {
    const { position } = await this.#log.head();
    const stored = await this.#log.append(commit, position);
    if (isLeft(stored)) throw new Error('nobody else appends');
  }
}

/** A worker alters its delta, and the run goes on without it. */
export function cheat(story: DeskStory, lossMicroNats: number): string {
  const held = must(currentAssignments(story.window)[0], 'slot 0');
  story.claim(held);
  story.submit(held, lossMicroNats, 'altered');
  return held.participant;
}

/** Six windows: honest, cheated, one with a death, held, one with a mistaken validator, honest. */
export async function tellAll(ledger: StoryLedger): Promise<void> {
  const { story } = ledger;
  await ledger.save();
  story.play(6_238_000, 5_601_000);
  await ledger.save();
  cheat(story, 5_601_000);
  story.play(5_601_000, 5_130_000);
  await ledger.save();
  const dying = must(currentAssignments(story.window)[0], 'slot 0');
  story.claim(dying);
  story.live(70, [dying.participant]);
  await ledger.save();
  story.play(5_130_000, 4_790_000);
  await ledger.save();
  story.play(4_790_000, 4_789_000);
  await ledger.save();
  story.play(4_790_000, 4_600_000, true);
  await ledger.save();
  story.play(4_600_000, 4_480_000);
  await ledger.save();
}

/** A run on a desk whose windows are scored: what each validator says, and when. */
import { commitmentOf } from '../commands/consensus/commitment.ts';
import { seedNetworkPolicy } from '../commands/network-policy.ts';
import { seedPolicy } from '../commands/seed-policy.ts';
import type { SigningKey } from '../events/nkey.ts';
import type { Policy, RunPlan } from '../projections/books.ts';
import { must } from '../projections/books.ts';
import type { ContributionScore, Scoring } from '../projections/scoring-book.ts';
import { scoringOf } from '../projections/scoring.ts';
import { Cast, RUN } from './cast.ts';
import type { Desk, Result } from './desk.ts';

export const TERMS = seedNetworkPolicy.scoring;
const SALT = '5a'.repeat(32);

export const gain = (gainBps: number, gapBps = 0): ContributionScore => ({ gainBps, gapBps });

export class ScoringCase {
  readonly cast: Cast;

  constructor(cast: Cast) {
    this.cast = cast;
  }

  /** The first window is open; a period lasts two. */
  static started(
    policy: Partial<Policy> = {},
    { workers = 3, validators = 3, ...plan }: Partial<RunPlan> & Record<string, unknown> = {},
  ): ScoringCase {
    const rewards = { ...seedPolicy.rewards, periodWindows: 2 };
    const terms = { scoring: TERMS, rewards, ...policy };
    return new ScoringCase(Cast.joined(terms, workers as number, validators as number, plan));
  }

  get desk(): Desk {
    return this.cast.desk;
  }

  /** Everything up to the aggregation, in which everybody is honest. */
  judged(): this {
    for (const slot of this.cast.slots) this.cast.train(slot);
    this.cast.reveal();
    this.cast.judge();
    return this;
  }

  scoring(window = 0): Scoring {
    return must(scoringOf(this.desk.books, RUN, window), 'scoring');
  }

  commit(key: SigningKey, scores: readonly ContributionScore[], window = 0): Result {
    const { actor } = key;
    const committed = { run: RUN, window, validator: actor, scores, salt: SALT };
    return this.desk.say(key, 'daybook.scores.committed.v1', {
      run: RUN,
      window,
      session: this.cast.sessionOf(actor),
      commitment: commitmentOf(committed),
    });
  }

  reveal(key: SigningKey, scores: readonly ContributionScore[], window = 0): Result {
    return this.desk.say(key, 'daybook.scores.revealed.v1', {
      run: RUN,
      window,
      session: this.cast.sessionOf(key.actor),
      scores,
      salt: SALT,
    });
  }

  /** Each validator says what is at its place; those without a vector stay silent. */
  score(vectors: readonly (readonly ContributionScore[])[], window = 0): void {
    const said = vectors.map(
      (scores, i) => [this.cast.validators[i] as SigningKey, scores] as const,
    );
    for (const [key, scores] of said) accepted(this.commit(key, scores, window));
    if (this.scoring(window).sealed === null) this.wait(TERMS.commitMs);
    for (const [key, scores] of said) accepted(this.reveal(key, scores, window));
  }

  /** Everybody lives on. */
  wait(ms: number): void {
    for (let passed = 0; passed < ms; passed += 10_000) {
      this.cast.heartbeat(1000 + passed / 1000);
      this.desk.pass(10_000);
    }
  }
}

function accepted(result: Result): void {
  if (!result.ok) throw new Error(`${result.code}: ${result.message}`);
}

/**
 * A validator's part in scoring: it measures, commits, and shows what it has committed to once the
 * ledger asks. What it measured is kept in memory only: after a restart it comes out the same again.
 */
import { commitmentOf } from '../../commands/consensus/commitment.ts';
import type { ActorId } from '../../events/ids.ts';
import type { ContributionScore, Scoring } from '../../projections/scoring-book.ts';
import { owes, scoringOf } from '../../projections/scoring.ts';
import type { Node } from '../node.ts';
import { sendInSession } from '../send-in-session.ts';
import { measureScores } from './measure.ts';
import { saltOf } from './salt.ts';

/** Windows whose scores are kept: one that is worked on and one behind. */
const KEPT_MAX = 4;

export class ScoringDuty {
  readonly #measured = new Map<string, readonly ContributionScore[]>();

  /** @param about `<run>/<window>` */
  async score(about: string, node: Node, signal: AbortSignal): Promise<void> {
    const scoring = awaited(about, node);
    if (scoring === null || scoring.sealed !== null) return;
    const { run, window } = scoring;
    const said = { run, window, validator: node.self, ...(await this.#said(scoring, node)) };
    const reply = await sendInSession(
      node,
      (session) => `scores-${nameOf(about, node.self)}-${session}`,
      (session) => ({
        type: 'daybook.scores.committed.v1',
        data: { run, window, session, commitment: commitmentOf(said) },
      }),
      signal,
    );
    const outcome = reply.status === 'refused' ? `refused: ${reply.code}` : 'committed';
    node.say(`scored ${about}: ${said.scores.map(({ gainBps }) => gainBps).join(' ')}, ${outcome}`);
  }

  /** @param about `<run>/<window>` */
  async show(about: string, node: Node, signal: AbortSignal): Promise<void> {
    const scoring = awaited(about, node);
    if (scoring === null || scoring.sealed === null) return;
    const { run, window } = scoring;
    const said = await this.#said(scoring, node);
    const reply = await sendInSession(
      node,
      (session) => `scores-shown-${nameOf(about, node.self)}-${session}`,
      (session) => ({
        type: 'daybook.scores.revealed.v1',
        data: { run, window, session, ...said },
      }),
      signal,
    );
    const outcome = reply.status === 'refused' ? `refused: ${reply.code}` : 'shown';
    node.say(`scores of ${about}: ${outcome}`);
  }

  async #said(
    scoring: Scoring,
    node: Node,
  ): Promise<{ readonly scores: readonly ContributionScore[]; readonly salt: string }> {
    const { run, window } = scoring;
    const { books } = node.follower;
    const about = `${run}/${window}`;
    const scores = this.#measured.get(about) ?? (await measureScores(node, books, scoring));
    this.#measured.set(about, scores);
    for (const key of [...this.#measured.keys()].slice(0, -KEPT_MAX)) this.#measured.delete(key);
    return { scores, salt: saltOf(node.key, books.ledger.ledger, run, window) };
  }
}

/** The scoring that waits for this validator; null when none does. */
function awaited(about: string, { follower, self }: Node): Scoring | null {
  const [run = '', window = ''] = about.split('/');
  const scoring = scoringOf(follower.books, run, Number(window));
  return scoring !== undefined && owes(scoring, self) ? scoring : null;
}

const nameOf = (about: string, actor: ActorId): string => `${about.replaceAll('/', '-')}-${actor}`;

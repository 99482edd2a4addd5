/**
 * The worker role: claims assignments, trains for real, commits to the delta's digest, and reveals
 * its bytes after the seal. A delta lost to a restart is computed again: it is a pure function.
 */
import { digestOf } from '../events/digest.ts';
import { assignmentOf, must, windowKeyOf } from '../projections/books.ts';
import type { Assignment } from '../projections/books.ts';
import type { Duties, Node } from './node.ts';
import { recomputeContribution } from './recompute.ts';
import type { Step } from './steps.ts';

/** What a dishonest worker does to its delta before committing to it; for rehearsals and tests. */
export type Tamper = (delta: Uint8Array, window: number) => Uint8Array;

const microNats = (nats: number): number => Math.max(0, Math.round(nats * 1e6));

export class WorkerDuties implements Duties {
  readonly #deltas = new Map<string, Uint8Array>();
  readonly #tamper: Tamper;

  constructor(tamper: Tamper = (delta) => delta) {
    this.#tamper = tamper;
  }

  async perform(step: Step, node: Node, signal: AbortSignal): Promise<void> {
    const assignment = assignmentOf(node.follower.books, step.about);
    if (assignment === undefined || assignment.participant !== node.key.actor) return;
    if (step.kind === 'train') await this.#train(assignment, node, signal);
    else if (step.kind === 'reveal') await this.#reveal(assignment, node, signal);
  }

  async #train({ assignment, state }: Assignment, node: Node, signal: AbortSignal): Promise<void> {
    if (state !== 'issued' && state !== 'claimed') return;
    const session = node.session.number;
    const suffix = `${assignment.replaceAll('/', '-')}-${session}`;
    const claimed = await node.client.send(
      `claim-${suffix}`,
      { type: 'daybook.assignment.claimed.v1', data: { assignment, session } },
      signal,
    );
    if (claimed.status === 'refused') return refused(node, 'claim', assignment, claimed.code);
    await node.follower.reach(claimed.sequence, signal);

    const startedMs = node.clock.nowMs();
    const { delta, work, lossFirst, lossLast, tokens, trace } = await this.#compute(
      assignment,
      node,
    );
    const elapsedMs = Math.max(node.clock.nowMs() - startedMs, 0);
    const committed = await node.client.send(
      `commit-${suffix}`,
      {
        type: 'daybook.submission.committed.v1',
        data: {
          assignment,
          session,
          checkpoint: work.checkpoint,
          delta: { digest: digestOf(delta), sizeBytes: delta.byteLength },
          encoding: 'f32',
          computeClass: node.info.computeClass,
          backend: node.info.description,
          tokens,
          innerSteps: must(node.follower.books.runs[work.run], 'run').plan.innerSteps,
          lossFirstMicroNats: microNats(lossFirst),
          lossLastMicroNats: microNats(lossLast),
          trace,
          elapsedMs,
        },
      },
      signal,
    );
    if (committed.status === 'refused') {
      this.#deltas.delete(assignment);
      return refused(node, 'commit', assignment, committed.code);
    }
    const speed = Math.round((1000 * tokens) / Math.max(elapsedMs, 1));
    node.say(`committed ${assignment}: loss ${lossLast.toFixed(3)}, ${speed} tokens/s`);
  }

  async #compute(assignment: string, node: Node) {
    const { books } = node.follower;
    const work = must(books.windows[windowKeyOf(assignment)], 'window');
    const contribution = await recomputeContribution(node, books, assignment);
    const delta = this.#tamper(contribution.delta, work.window);
    this.#deltas.set(assignment, delta);
    return { ...contribution, delta, work };
  }

  async #reveal(held: Assignment, node: Node, signal: AbortSignal): Promise<void> {
    const { assignment, submission, revealed } = held;
    if (submission === null || revealed) return;
    const delta = this.#deltas.get(assignment) ?? (await this.#compute(assignment, node)).delta;
    await node.artifacts.put(delta);
    const session = node.session.number;
    const reply = await node.client.send(
      `reveal-${assignment.replaceAll('/', '-')}-${session}`,
      {
        type: 'daybook.upload.completed.v1',
        data: {
          assignment,
          session,
          delta: { digest: digestOf(delta), sizeBytes: delta.byteLength },
        },
      },
      signal,
    );
    this.#deltas.delete(assignment);
    if (reply.status === 'refused') refused(node, 'reveal', assignment, reply.code);
  }
}

/** A refusal ends the step: the ledger has moved on, and sending the same again changes nothing. */
function refused(node: Node, what: string, assignment: string, code: string): void {
  node.say(`${what} ${assignment} refused: ${code}`);
}

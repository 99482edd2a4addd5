/** Parties that act where it is not their turn: on others' work, on panels that did not call them, in sessions that are over. */
import { digestOf } from '../../events/digest.ts';
import type { Assignment } from '../../projections/books.ts';
import { currentAssignments, openWindow } from '../../projections/books.ts';
import type { Duties, Node } from '../../roles/node.ts';
import type { Conduct } from './conduct.ts';
import { rewriting } from './rewriting.ts';

const made = (what: string) => ({ digest: digestOf(Buffer.from(what)), sizeBytes: 100 });

const openAssignments = ({ follower }: Node): Assignment[] =>
  Object.keys(follower.books.runs).flatMap((run) => {
    const window = openWindow(follower.books, run);
    return window === undefined ? [] : currentAssignments(window);
  });

/** Does something of its own before each duty. */
const before =
  (act: (node: Node, signal: AbortSignal) => Promise<unknown>) =>
  (honest: Duties): Duties => ({
    perform: async (step, node, signal) => {
      await act(node, signal);
      await honest.perform(step, node, signal);
    },
  });

export const steals: Conduct = {
  doc: 'Claims what others hold, and commits to it when their claim stands.',
  role: 'worker',
  duties: before(async (node, signal) => {
    const { client, key, session, info } = node;
    for (const held of openAssignments(node)) {
      const { assignment, participant } = held;
      if (participant === key.actor || held.submission !== null) continue;
      const named = `${assignment.replaceAll('/', '-')}-${key.actor}`;
      const claim = { assignment, session: session.number };
      await client.send(
        `steal-${named}`,
        { type: 'daybook.assignment.claimed.v1', data: claim },
        signal,
      );
      const window = openWindow(node.follower.books, assignment.split('/')[0] ?? '');
      const plan = node.follower.books.runs[window?.run ?? '']?.plan;
      if (window === undefined || plan === undefined) return;
      const steps = held.stage?.steps ?? plan.innerSteps;
      const said = {
        ...claim,
        session: held.session ?? session.number,
        backend: info.description,
        tokens: steps * plan.batchPages * plan.model.contextLength,
        lossFirstMicroNats: 1,
        lossLastMicroNats: 1,
        trace: ['0'.repeat(64)],
        elapsedMs: 1,
      };
      const fact =
        held.stage === undefined
          ? {
              type: 'daybook.submission.committed.v1' as const,
              data: {
                ...said,
                checkpoint: window.checkpoint,
                delta: made(named),
                encoding: 'f32' as const,
                computeClass: info.computeClass,
                innerSteps: steps,
              },
            }
          : {
              type: 'daybook.submission.committed.v3' as const,
              data: {
                ...said,
                input: held.stage.input,
                output: made(named),
                computeClass: 'exact' as const,
                steps,
              },
            };
      await client.send(`usurp-${named}`, fact, signal);
    }
  }),
};

export const pastSession: Conduct = {
  doc: 'Speaks for a session of its own that is over.',
  role: 'worker',
  duties: rewriting((fact) =>
    'session' in fact.data && fact.data.session > 1
      ? ({ ...fact, data: { ...fact.data, session: fact.data.session - 1 } } as typeof fact)
      : fact,
  ),
};

export const meddles: Conduct = {
  doc: 'Judges what it was not called to judge.',
  role: 'validator',
  duties: before(async (node, signal) => {
    const { client, key, session } = node;
    for (const { assignment, challenge, submission } of openAssignments(node)) {
      if (submission === null || challenge?.panel.includes(key.actor) === true) continue;
      const named = `${assignment.replaceAll('/', '-')}-${key.actor}`;
      const data = {
        assignment,
        session: session.number,
        disposition: 'rejected' as const,
        reasons: ['digest_mismatch'],
        observed: null,
        recomputed: made(named),
        firstDivergence: 0,
      };
      await client.send(`meddle-${named}`, { type: 'daybook.verdict.recorded.v1', data }, signal);
    }
  }),
};

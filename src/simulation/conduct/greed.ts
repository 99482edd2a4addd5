/** Parties that want more than one reward for one piece of work. */
import type { FactOf } from '../../events/catalogue.ts';
import { digestOf } from '../../events/digest.ts';
import type { Digest } from '../../events/ids.ts';
import { windowKeyOf } from '../../projections/books.ts';
import type { Conduct } from './conduct.ts';
import { rewriting } from './rewriting.ts';

type Commitment = FactOf<'daybook.submission.committed.v1' | 'daybook.submission.committed.v3'>;

/** The same commitment of another assignment and artifact; of a stage, from what it began with. */
const bound = (
  fact: Commitment,
  assignment: string,
  artifact: FactOf<'daybook.submission.committed.v1'>['data']['delta'],
  input?: Digest,
): Commitment =>
  fact.type === 'daybook.submission.committed.v3'
    ? {
        ...fact,
        data: { ...fact.data, assignment, output: artifact, input: input ?? fact.data.input },
      }
    : { ...fact, data: { ...fact.data, assignment, delta: artifact } };

export const committingTwice: Conduct = {
  doc: 'Commits to one delta for every slot it holds, and to one slot again with another delta.',
  role: 'worker',
  duties: rewriting(async (fact, node, signal) => {
    if (
      fact.type !== 'daybook.submission.committed.v1' &&
      fact.type !== 'daybook.submission.committed.v3'
    )
      return fact;
    const { assignment } = fact.data;
    const window = node.follower.books.windows[windowKeyOf(assignment)];
    const mine = Object.values(window?.assignments ?? {}).find(
      ({ participant, submission }) => participant === node.key.actor && submission !== null,
    );
    if (mine?.submission === null || mine === undefined) return fact;
    const named = `${assignment.replaceAll('/', '-')}-${node.session.number}`;
    const { delta } = mine.submission;
    const other = { digest: digestOf(Buffer.from(named)), sizeBytes: delta.sizeBytes };
    await node.client.send(`twice-${named}`, bound(fact, fact.data.assignment, delta), signal);
    const again = bound(fact, mine.assignment, other, mine.stage?.input);
    await node.client.send(`again-${named}`, again, signal);
    return fact;
  }),
};

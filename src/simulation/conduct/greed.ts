/** Parties that want more than one reward for one piece of work. */
import { digestOf } from '../../events/digest.ts';
import { windowKeyOf } from '../../projections/books.ts';
import type { Conduct } from './conduct.ts';
import { rewriting } from './rewriting.ts';

export const committingTwice: Conduct = {
  doc: 'Commits to one delta for every slot it holds, and to one slot again with another delta.',
  role: 'worker',
  duties: rewriting(async (fact, node, signal) => {
    if (fact.type !== 'daybook.submission.committed.v1') return fact;
    const { assignment } = fact.data;
    const window = node.follower.books.windows[windowKeyOf(assignment)];
    const mine = Object.values(window?.assignments ?? {}).find(
      ({ participant, submission }) => participant === node.key.actor && submission !== null,
    );
    if (mine?.submission === null || mine === undefined) return fact;
    const named = `${assignment.replaceAll('/', '-')}-${node.session.number}`;
    const { delta } = mine.submission;
    await node.client.send(`twice-${named}`, { ...fact, data: { ...fact.data, delta } }, signal);
    const other = { digest: digestOf(Buffer.from(named)), sizeBytes: delta.sizeBytes };
    const again = { ...fact.data, assignment: mine.assignment, delta: other };
    await node.client.send(`again-${named}`, { ...fact, data: again }, signal);
    return fact;
  }),
};

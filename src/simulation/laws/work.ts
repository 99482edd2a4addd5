/** Laws about assignments: who holds a slot, and how each contribution ends. */
import { policyFor, windowKey, windowKeyOf } from '../../projections/books.ts';
import { submittedIn } from '../../projections/grouped-stages.ts';
import type { LawOf } from '../law.ts';

interface Holding {
  readonly assignment: string;
  readonly participant: string;
  state: 'held' | 'committed' | 'lost';
}

export const exclusiveSlots: LawOf = {
  name: 'exclusive-slots',
  doc: 'One participant holds a slot at a time, and only whoever holds it commits to anything.',
  make: (breached) => {
    const slots = new Map<string, Holding>();
    const slotOf = (assignment: string): string => assignment.split('/').slice(0, 3).join('/');
    const held = (assignment: string): Holding | undefined => {
      const holding = slots.get(slotOf(assignment));
      return holding?.assignment === assignment ? holding : undefined;
    };
    return {
      see: (event, { books }) => {
        if (
          event.type === 'daybook.assignment.issued.v1' ||
          event.type === 'daybook.assignment.issued.v2'
        ) {
          const { assignment, participant } = event.data;
          const before = slots.get(slotOf(assignment));
          const upstream = 'stage' in event.data ? event.data.stage.upstream : null;
          const isNextStage = before?.state === 'committed' && before.assignment === upstream;
          if (before !== undefined && before.state !== 'lost' && !isNextStage)
            breached(
              `${assignment} is issued while ${before.participant} has ${before.assignment}`,
            );
          slots.set(slotOf(assignment), { assignment, participant, state: 'held' });
        } else if (event.type === 'daybook.assignment.superseded.v1') {
          const holding = held(event.data.assignment);
          if (holding?.state !== 'held')
            return breached(`${event.data.assignment} is taken back and was not held`);
          holding.state = 'lost';
        } else if (
          event.type === 'daybook.submission.committed.v1' ||
          event.type === 'daybook.submission.committed.v2' ||
          event.type === 'daybook.submission.committed.v3'
        ) {
          const holding = held(event.data.assignment);
          const { actor } = event;
          if (holding?.state !== 'held' || holding.participant !== actor)
            return breached(`${actor} commits to ${event.data.assignment} and does not hold it`);
          // A lease is over when the ledger says so: after an outage its time may have passed before.
          if ((books.members[actor]?.leaseUntilMs ?? null) === null)
            breached(`${actor} commits to ${event.data.assignment} without a lease`);
          holding.state = 'committed';
        }
      },
    };
  },
};

export const oneDisposition: LawOf = {
  name: 'one-disposition',
  doc: 'Each contribution has one terminal disposition by the time its window is reconciled.',
  make: (breached) => {
    const resolved = new Set<string>();
    return {
      see: (event, { books }) => {
        if (event.type === 'daybook.challenge.resolved.v1') {
          const { assignment } = event.data;
          if (resolved.has(assignment)) breached(`${assignment} is resolved twice`);
          resolved.add(assignment);
        } else if (event.type === 'daybook.window.reconciled.v1') {
          const window = books.windows[windowKey(event.data.run, event.data.window)];
          const open = (window === undefined ? [] : submittedIn(window)).find(
            ({ assignment }) => !resolved.has(assignment),
          );
          if (open !== undefined)
            breached(`${open.assignment} is reconciled without a disposition`);
        }
      },
    };
  },
};

export const claimsOnTheState: LawOf = {
  name: 'claims-on-the-state',
  doc: "Under terms for catching up every claim on record shows the window's input, and is of a worker that has shown a state in its session.",
  make: (breached) => ({
    see: (event, { books }) => {
      if (
        event.type === 'daybook.assignment.issued.v1' ||
        event.type === 'daybook.assignment.issued.v2'
      ) {
        const { assignment, run, participant } = event.data;
        if (policyFor(books, assignment).catchUp === undefined) return;
        const session = books.members[participant]?.session;
        if (books.caughtUp?.[run]?.[participant]?.session !== session)
          breached(`${assignment} goes to ${participant}, who has not caught up`);
      } else if (event.type === 'daybook.catchup.completed.v1') {
        const { run, revision, checkpoint } = event.data;
        const record = books.runs[run]?.revisions.find((one) => one.revision === revision);
        if (record?.checkpoint.digest !== checkpoint)
          breached(`${event.actor} has caught up with a revision ${revision} that is another`);
      } else if (
        event.type === 'daybook.assignment.claimed.v1' ||
        event.type === 'daybook.assignment.claimed.v2'
      ) {
        const { assignment } = event.data;
        if (policyFor(books, assignment).catchUp === undefined) return;
        const input = books.windows[windowKeyOf(assignment)]?.checkpoint;
        const shown = 'checkpoint' in event.data ? event.data.checkpoint : null;
        if (shown !== input) breached(`${assignment} is claimed on ${shown}, not on ${input}`);
      }
    },
  }),
};

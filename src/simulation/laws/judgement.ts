/** Laws about judgement: what was judged is so, and nothing is promoted that no quorum computed. */
import type { EventOf } from '../../events/catalogue.ts';
import { assignmentOf, must, policyFor, policyOf, windowKey } from '../../projections/books.ts';
import { identityOf } from '../../projections/identities.ts';
import type { LawOf } from '../law.ts';

export const verdictsAreTrue: LawOf = {
  name: 'true-verdicts',
  doc: 'What was recomputed and accepted is honest work, what was rejected is not, and only honest work counts.',
  make: (breached) => ({
    see: (event, { books, truth }) => {
      if (event.type !== 'daybook.challenge.resolved.v1') return;
      const { assignment, disposition, counted, verdicts } = event.data;
      if (verdicts.length === 0) return;
      const committed = must(assignmentOf(books, assignment)?.submission, 'submission').delta
        .digest;
      const honest = truth.honestOf(books, assignment);
      const shown = assignmentOf(books, assignment)?.pagesRoot;
      const lied = shown !== undefined && shown !== truth.receiptOf(books, assignment);
      if (disposition === 'accepted' && lied)
        breached(`${assignment} is accepted and was claimed with other pages`);
      if (disposition === 'accepted' && honest !== undefined && committed !== honest)
        breached(`${assignment} is accepted and was not computed`);
      if (disposition === 'rejected' && committed === honest && !lied)
        breached(`${assignment} is rejected and was computed honestly`);
      const due = truth.dueOf(books, assignment);
      if (counted !== null && due !== undefined && counted !== due)
        breached(`${assignment} counts with a delta that nobody computed honestly`);
    },
  }),
};

type Verdict = EventOf<'daybook.verdict.recorded.v1'>;

export const quorumJudges: LawOf = {
  name: 'quorum-judges',
  doc: 'What is accepted or rejected by verdicts is so by a quorum of different validators that were called.',
  make: (breached) => {
    const called = new Map<string, Set<string>>();
    const verdicts = new Map<string, Verdict[]>();
    return {
      see: (event, { books }) => {
        if (event.type === 'daybook.challenge.issued.v1')
          called.set(event.data.assignment, new Set(event.data.panel));
        else if (event.type === 'daybook.panel.extended.v1')
          called.get(event.data.assignment)?.add(event.data.validator);
        else if (event.type === 'daybook.verdict.recorded.v1') {
          const { assignment } = event.data;
          if (called.get(assignment)?.has(identityOf(books, event.actor)) !== true)
            breached(`${event.actor} judges ${assignment} and was not called`);
          verdicts.set(assignment, [...(verdicts.get(assignment) ?? []), event]);
        } else if (event.type === 'daybook.challenge.resolved.v1') {
          const { assignment, disposition } = event.data;
          if (!called.has(assignment) || disposition === 'quarantined') return;
          const alike = (verdicts.get(assignment) ?? []).filter(
            ({ data }) => data.disposition === disposition,
          );
          const { quorum } = policyFor(books, assignment).validation;
          const validators = new Set(alike.map(({ actor }) => actor));
          if (validators.size < quorum)
            breached(`${assignment} is ${disposition} by ${validators.size}, quorum ${quorum}`);
        }
      },
    };
  },
};

type Report = EventOf<'daybook.aggregation.reported.v1'>;

export const quorumPromotes: LawOf = {
  name: 'quorum-promotes',
  doc: 'A checkpoint is promoted when a quorum of different validators reported it, and it is the right one.',
  make: (breached) => {
    const reports = new Map<string, Report[]>();
    return {
      see: (event, { books, truth }) => {
        if (event.type === 'daybook.aggregation.reported.v1') {
          const key = windowKey(event.data.run, event.data.window);
          reports.set(key, [...(reports.get(key) ?? []), event]);
        }
        if (event.type !== 'daybook.checkpoint.promoted.v1') return;
        const { run, window, checkpoint, heldOutLossMicroNats } = event.data;
        const alike = (reports.get(windowKey(run, window)) ?? []).filter(
          ({ data }) => data.checkpoint.digest === checkpoint.digest,
        );
        const book = must(books.windows[windowKey(run, window)], 'window');
        const { quorum } = policyOf(books, book).validation;
        const validators = new Set(alike.map(({ actor }) => actor));
        if (validators.size < quorum)
          breached(`window ${window}: ${validators.size} reports where ${quorum} are a quorum`);
        const right = truth.aggregateOf(books, book);
        if (right === null) return;
        if (right.checkpoint !== checkpoint.digest || right.lossMicroNats !== heldOutLossMicroNats)
          breached(`window ${window}: promoted ${checkpoint.digest}, right is ${right.checkpoint}`);
      },
    };
  },
};

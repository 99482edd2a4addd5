/** Laws about offences, where the policy has a ladder: what can be proved is found at once, and only that costs. */
import type { EventOf } from '../../events/catalogue.ts';
import type { Books } from '../../projections/books.ts';
import { assignmentOf, must, policyFor, policyOf, windowKey } from '../../projections/books.ts';
import { isSlashable } from '../../commands/rules/discipline/ladder.ts';
import type { LawOf } from '../law.ts';

type Resolved = EventOf<'daybook.challenge.resolved.v1'>;

/** Offences that a resolution must bring, by id. */
function dueOf(books: Books, { data }: Resolved): string[] {
  const { assignment, disposition, agreeing } = data;
  if (policyFor(books, assignment).ladder === undefined) return [];
  const judged = disposition === 'rejected' || disposition === 'accepted';
  const verdicts = assignmentOf(books, assignment)?.challenge?.verdicts ?? [];
  const wrong = verdicts.filter(
    (one) =>
      judged &&
      (one.disposition === 'rejected' || one.disposition === 'accepted') &&
      !agreeing.includes(one.validator),
  );
  return [
    ...(disposition === 'rejected' ? [`work/${assignment}`] : []),
    ...wrong.map(({ validator }) => `verdict/${assignment}/${validator}`),
  ];
}

export const fraudIsFound: LawOf = {
  name: 'fraud-found',
  doc: 'What a quorum rejects, verdicts that it contradicts, reports that it does not share and evidence are offences at once.',
  make: (breached) => {
    /** By offence: the command that brought it up. */
    const due = new Map<string, string>();
    return {
      see: (event, { books }) => {
        for (const [offence, command] of due)
          if (command !== event.commandid) breached(`${offence} was not found`);
        if (event.type === 'daybook.challenge.resolved.v1')
          for (const offence of dueOf(books, event)) due.set(offence, event.commandid);
        else if (event.type === 'daybook.aggregation.agreed.v1') {
          const { run, window, dissenting } = event.data;
          const key = windowKey(run, window);
          const { ladder } = policyOf(books, must(books.windows[key], key));
          for (const actor of ladder === undefined ? [] : dissenting)
            due.set(`report/${key}/${actor}`, event.commandid);
        } else if (event.type === 'daybook.evidence.submitted.v1' && event.data.kind !== 'fork')
          due.set(`what entry ${event.sequence} shows`, event.commandid);
        else if (event.type === 'daybook.offence.found.v1') {
          due.delete(event.data.offence);
          for (const sequence of event.data.evidence) due.delete(`what entry ${sequence} shows`);
        }
      },
      end: () => {
        for (const offence of due.keys()) breached(`${offence} was not found`);
      },
    };
  },
};

export const onlyFraudIsSlashed: LawOf = {
  name: 'only-fraud-slashed',
  doc: 'Nobody honest is found in anything that can be proved, what is merely observed takes nothing, and whoever is slashed is quarantined.',
  make: (breached) => {
    /** Quarantines to come, by participant: the command that calls for them. */
    const owed = new Map<string, string>();
    return {
      see: (event, { isHonest }) => {
        for (const [participant, command] of owed)
          if (command !== event.commandid) breached(`${participant} was not quarantined`);
        if (event.type === 'daybook.participant.quarantined.v1')
          owed.delete(event.data.participant);
        if (event.type !== 'daybook.offence.found.v1') return;
        const { offence, participant, kind, rung, taken, run } = event.data;
        const heavy = rung === 'quarantined' || rung === 'slashed';
        if (isSlashable(kind) && isHonest(participant))
          breached(`${participant} is honest and found in ${kind}`);
        if (heavy && !isSlashable(kind) && kind !== 'divergent_delta')
          breached(`${offence} is merely observed and ${rung}`);
        if (taken.length > 0 && !heavy) breached(`${offence} takes something and is ${rung}`);
        if (heavy && run !== null) owed.set(participant, event.commandid);
      },
      end: () => {
        for (const participant of owed.keys()) breached(`${participant} was not quarantined`);
      },
    };
  },
};

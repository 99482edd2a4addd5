/** The story of a run for people, from the events alone: one line for what matters, none for beats. */
import type { LedgerEvent } from '../../events/catalogue.ts';
import type { Books } from '../../projections/books.ts';
import { assignmentOf } from '../../projections/books.ts';
import { staffingLines, staffingOf } from '../../roles/staffing.ts';
import { colour, nats } from '../terminal/output.ts';
import { money } from '../../roles/explain/money.ts';

export function narrate(event: LedgerEvent, books: Books): string | null {
  const name = (actor: string): string => books.members[actor]?.name ?? actor.slice(0, 8);
  const slot = (assignment: string): string => `slot ${assignment.split('/')[2]}`;
  const authorOf = (assignment: string): string =>
    name(assignmentOf(books, assignment)?.participant ?? assignment);
  switch (event.type) {
    case 'daybook.run.activated.v1':
      return `run ${event.data.run} is active`;
    case 'daybook.run.recovering.v1': {
      const run = books.runs[event.data.run];
      const lacking = run === undefined ? [] : staffingLines(staffingOf(books, run));
      return colour.yellow([`run ${event.data.run} waits`, ...lacking].join('\n        '));
    }
    case 'daybook.run.recovered.v1':
      return `run ${event.data.run} goes on`;
    case 'daybook.window.planned.v1': {
      const { window, contributors, standby, revision } = event.data;
      const by = contributors.map(name).join(', ');
      const spare = standby.length === 0 ? '' : `; standing by: ${standby.map(name).join(', ')}`;
      return colour.bold(`window ${window}`) + ` from revision ${revision}: ${by}${spare}`;
    }
    case 'daybook.submission.committed.v1':
    case 'daybook.submission.committed.v2':
    case 'daybook.submission.committed.v3': {
      const { assignment, tokens, elapsedMs, lossFirstMicroNats, lossLastMicroNats } = event.data;
      const speed = Math.round((1000 * tokens) / Math.max(elapsedMs, 1));
      const loss = `${nats(lossFirstMicroNats)} -> ${nats(lossLastMicroNats)}`;
      return `  ${name(event.actor)} committed ${slot(assignment)}: loss ${loss}, ${speed} tokens/s`;
    }
    case 'daybook.participant.staled.v1':
      return colour.yellow(`  ${name(event.data.participant)} has fallen silent`);
    case 'daybook.participant.expired.v1':
      return colour.yellow(`  ${name(event.data.participant)} has expired`);
    case 'daybook.participant.replaced.v1': {
      const { participant, replacement, assignment, reason } = event.data;
      const who = `${name(replacement)} takes ${slot(assignment)} over from ${name(participant)}`;
      return colour.yellow(`  ${who} (${reason})`);
    }
    case 'daybook.participant.rejoined.v1':
      return `  ${name(event.data.participant)} is back, session ${event.data.session}`;
    case 'daybook.challenge.resolved.v1': {
      const { assignment, disposition, reasons, agreeing } = event.data;
      if (disposition === 'accepted') return null;
      const what = `${authorOf(assignment)}'s ${slot(assignment)} is ${disposition}`;
      const why = `${reasons.join(', ')} (${agreeing.map(name).join(', ') || 'no quorum'})`;
      return colour.red(`  ${what}: ${why}; the recomputed delta counts instead`);
    }
    case 'daybook.participant.quarantined.v1':
      return colour.red(
        `  ${name(event.data.participant)} is quarantined on the evidence of entries ${event.data.evidence.join(', ')}`,
      );
    case 'daybook.promotion.decided.v1': {
      const { window, decision, gainBps, reasons } = event.data;
      const book = books.windows[`${event.data.run}/${window}`];
      const loss = `${nats(book?.lossBeforeMicroNats ?? null)} -> ${nats(book?.lossAfterMicroNats ?? null)}`;
      const gain = gainBps === null ? reasons.join(', ') : `${gainBps} bps`;
      const line = `  ${decision}: held-out loss ${loss} (${gain})`;
      return decision === 'promoted_revision' ? colour.green(line) : colour.yellow(line);
    }
    case 'daybook.period.closed.v1': {
      const { period, paid, pool, remainder } = event.data;
      return `period ${period} closed: ${money(paid)} of ${money(pool)} paid, remainder ${money(remainder)}`;
    }
    case 'daybook.run.completed.v1':
      return colour.bold(`run ${event.data.run} is complete at revision ${event.data.revision}`);
    default:
      return null;
  }
}

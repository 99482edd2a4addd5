/** Laws about the order of things. */
import { msOfTime } from '../../events/entry.ts';
import type { LawOf } from '../law.ts';

export const clockForward: LawOf = {
  name: 'clock-forward',
  doc: "The ledger's clock never runs backwards.",
  make: (breached) => {
    let lastMs = 0;
    return {
      see: (event) => {
        const nowMs = msOfTime(event.time);
        if (nowMs < lastMs) breached(`entry ${event.sequence} is before its predecessor`);
        lastMs = nowMs;
      },
    };
  },
};

export const leadingOnce: LawOf = {
  name: 'leading-once',
  doc: 'No command is carried out twice, however often it is sent and by whom.',
  make: (breached) => {
    const seen = new Set<string>();
    return {
      see: (event) => {
        if (event.causationid !== undefined) return;
        if (seen.has(event.commandid)) breached(`command ${event.commandid} leads twice`);
        seen.add(event.commandid);
      },
    };
  },
};

export const currentSessions: LawOf = {
  name: 'current-sessions',
  doc: 'What a node says, it says in its current session, and a new one is one above the last.',
  make: (breached) => {
    const sessions = new Map<string, number>();
    return {
      see: (event) => {
        if (event.causationid !== undefined || !('session' in event.data)) return;
        const { actor, data } = event;
        const current = sessions.get(actor) ?? 0;
        const joins = event.type === 'daybook.participant.joined.v1';
        if (data.session !== (joins ? current + 1 : current))
          breached(`${event.type} of ${actor} in session ${data.session}, current is ${current}`);
        if (joins) sessions.set(actor, data.session);
      },
    };
  },
};

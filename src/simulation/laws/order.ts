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

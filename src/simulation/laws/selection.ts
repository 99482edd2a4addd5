/** Laws about who contributes: nobody gets more of a window than the terms allow. */
import { policyOf, windowKey } from '../../projections/books.ts';
import { stageOf } from '../../projections/standing.ts';
import type { LawOf } from '../law.ts';

interface Held {
  readonly participant: string;
  /** When it was issued. */
  readonly isCanary: boolean;
}

export const boundedShares: LawOf = {
  name: 'bounded-shares',
  doc: 'Under mesh terms no identity and no canaries hold more slots of a window than they may, at any time.',
  make: (breached) => {
    /** By run, window and slot. */
    const held = new Map<string, Map<number, Held>>();
    return {
      see: (event, { books }) => {
        if (event.type === 'daybook.window.reconciled.v1')
          held.delete(windowKey(event.data.run, event.data.window));
        if (event.type === 'daybook.assignment.superseded.v1') {
          const [run = '', window, slot] = event.data.assignment.split('/');
          held.get(`${run}/${window}`)?.delete(Number(slot));
        }
        if (
          event.type !== 'daybook.assignment.issued.v1' &&
          event.type !== 'daybook.assignment.issued.v2'
        )
          return;
        const { run, window, slot, participant } = event.data;
        const key = windowKey(run, window);
        const book = books.windows[key];
        const terms = book === undefined ? undefined : policyOf(books, book);
        if (terms?.mesh === undefined) return;
        const slots = held.get(key) ?? new Map<number, Held>();
        held.set(key, slots);
        const isCanary = stageOf(books.members[participant]).stage === 'canary';
        slots.set(slot, { participant, isCanary });
        const all = [...slots.values()];
        const own = all.filter((one) => one.participant === participant).length;
        if (own > terms.mesh.clusterSlots)
          breached(`${participant} holds ${own} slots of window ${window}`);
        const canaries = all.filter((one) => one.isCanary).length;
        if (terms.admission !== undefined && isCanary && canaries > terms.admission.canarySlots)
          breached(`canaries hold ${canaries} slots of window ${window}`);
      },
    };
  },
};

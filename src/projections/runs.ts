/** The run book: what was planned, in which state the run is, and its chain of revisions. */
import type { DataOfType, EventOfFamily } from '../events/catalogue.ts';
import type { Books, RunBook, RunPlan } from './books.ts';
import { byName, must } from './books.ts';
import { endOffers } from './offers.ts';
import type { Digest } from '../events/ids.ts';

const keepTime = (books: Books, run: RunBook): void => {
  if (books.policy?.cadence !== undefined) run.activeSinceMs = books.ledger.clockMs;
};

/** A plan without an adapter has none in the books. */
export function planInStages({ adapter, ...plan }: DataOfType<'daybook.run.planned.v4'>): RunPlan {
  return adapter === null ? plan : { ...plan, adapter };
}

type RunEvent = EventOfFamily<'dataset' | 'run' | 'checkpoint'>;

export function foldRun(books: Books, event: RunEvent): void {
  if (event.type === 'daybook.dataset.registered.v1') {
    books.datasets[event.data.dataset] = event.data;
    return;
  }
  if (
    event.type === 'daybook.run.planned.v1' ||
    event.type === 'daybook.run.planned.v2' ||
    event.type === 'daybook.run.planned.v3' ||
    event.type === 'daybook.run.planned.v4'
  ) {
    books.runs[event.data.run] = {
      plan: event.type === 'daybook.run.planned.v4' ? planInStages(event.data) : event.data,
      plannedSequence: event.sequence,
      state: 'planned',
      seedFrom: null,
      windowsPlanned: 0,
      windowsReconciled: 0,
      revisions: [],
      openPeriod: null,
      periods: 0,
      ...(event.type === 'daybook.run.planned.v2' ? { feedback: byName<Digest>() } : {}),
    };
    return;
  }
  const run = must(books.runs[event.data.run], `run ${event.data.run}`);
  switch (event.type) {
    case 'daybook.run.initializing.v1':
      run.state = 'initializing';
      run.revisions.push({
        revision: 0,
        window: null,
        checkpoint: event.data.checkpoint,
        momentum: null,
        heldOutLossMicroNats: null,
      });
      return;
    case 'daybook.run.activated.v1':
      run.state = 'active';
      run.seedFrom = event.sequence;
      keepTime(books, run);
      return;
    case 'daybook.run.resumed.v1':
    case 'daybook.run.recovered.v1':
      run.state = 'active';
      keepTime(books, run);
      return;
    case 'daybook.run.paused.v1':
      run.state = 'paused';
      return;
    case 'daybook.run.recovering.v1':
      run.state = 'recovering';
      return;
    case 'daybook.run.completed.v1':
      run.state = 'completed';
      endOffers(books, event.data.run);
      return;
    case 'daybook.run.failed.v1':
      run.state = 'failed';
      endOffers(books, event.data.run);
      return;
    case 'daybook.checkpoint.promoted.v1':
      run.revisions.push({
        revision: event.data.revision,
        window: event.data.window,
        checkpoint: event.data.checkpoint,
        momentum: event.data.momentum,
        heldOutLossMicroNats: event.data.heldOutLossMicroNats,
      });
      return;
    case 'daybook.checkpoint.restored.v1':
      run.revisions.push({
        revision: event.data.revision,
        window: null,
        checkpoint: event.data.checkpoint,
        momentum: event.data.momentum,
        heldOutLossMicroNats: event.data.heldOutLossMicroNats,
        restores: event.data.from,
      });
      return;
    default:
      event satisfies never;
  }
}

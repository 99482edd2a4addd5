/** Laws that look for something find it: shown a run in which it is missing, they say so. */
import { expect, it } from 'vitest';
import type { LedgerEvent } from '../../events/catalogue.ts';
import { seedPolicy } from '../../commands/seed-policy.ts';
import type { LawOf, Sight } from '../law.ts';
import { Breach } from '../law.ts';
import type { Scenario } from '../scenario.ts';
import { drawScenario, NO_TROUBLE } from '../scenario.ts';
import { simulate } from '../simulation.ts';
import { cheatsAreCaught } from './detection.ts';
import { honestModelImproves } from './improvement.ts';

// Without a council, which has terms of its own.
const { network: _council, ...calm } = drawScenario(
  'laws',
  { nodes: 6, windows: 2, authorities: 1 },
  NO_TROUBLE,
);
const scenario: Scenario = {
  ...calm,
  slots: 3,
  parties: calm.parties.map((party) =>
    party.name === 'worker-1' ? { ...party, conduct: 'altered-delta' } : party,
  ),
  // Of the first terms only, in which what is found out is always quarantined.
  policy: {
    ...seedPolicy,
    liveness: calm.policy.liveness,
    window: calm.policy.window,
    validation: { ...calm.policy.validation, auditRateBps: 10_000 },
  },
};

/** A law that is shown the run as it was, or with some entries changed or kept from it. */
class Reader {
  said: string | null = null;
  readonly #law: ReturnType<LawOf['make']>;
  readonly #change: (event: LedgerEvent) => LedgerEvent | null;

  constructor(law: LawOf, change: (event: LedgerEvent) => LedgerEvent | null = (event) => event) {
    this.#change = change;
    this.#law = law.make((message) => {
      throw new Breach(law.name, message);
    });
  }

  see(event: LedgerEvent, sight: Sight): void {
    const shown = this.#change(event);
    if (shown !== null) this.#look(() => this.#law.see?.(shown, sight));
  }

  end(sight: Sight): void {
    this.#look(() => this.#law.end?.(sight, true));
  }

  #look(act: () => void): void {
    try {
      if (this.said === null) act();
    } catch (error) {
      if (!(error instanceof Breach)) throw error;
      this.said = error.message;
    }
  }
}

it('a law holds over the run, and not where what it asks for is missing', async () => {
  const readers = {
    caught: new Reader(cheatsAreCaught),
    neverQuarantined: new Reader(cheatsAreCaught, (event) =>
      event.type === 'daybook.participant.quarantined.v1' ? null : event,
    ),
    improves: new Reader(honestModelImproves),
    held: new Reader(honestModelImproves, (event) =>
      event.type === 'daybook.promotion.decided.v1'
        ? { ...event, data: { ...event.data, decision: 'held_no_promotion' } }
        : event,
    ),
  };
  let last: Sight | null = null;
  const outcome = await simulate(scenario, {
    onEvent: (event, sight) => {
      last = sight;
      for (const reader of Object.values(readers)) reader.see(event, sight);
    },
  });
  expect(outcome).toMatchObject({ breach: null, completed: true });
  for (const reader of Object.values(readers)) reader.end(last as unknown as Sight);
  expect(readers.caught.said).toBeNull();
  expect(readers.neverQuarantined.said).toMatch(/at work a window later/);
  expect(readers.improves.said).toBeNull();
  expect(readers.held.said).toMatch(/honest for the most part, and held/);
});

/**
 * By which policy each entry was decided, from the entries alone. What belongs to a window follows the
 * policy that the window was planned under, from the first policy on that windows keep theirs through
 * (network terms, and whatever comes after them); everything else follows the one in force. An entry
 * that brings a policy into force counts as its first. Invariant: what the fold would have said just
 * before the entry (a test compares them on every story).
 */
import type { LedgerEvent } from '../../events/catalogue.ts';
import { familyOf } from '../../events/catalogue.ts';
import type { Policy } from '../../projections/books.ts';
import { windowKey, windowKeyOf } from '../../projections/books.ts';
import { adoptsPolicy, policyIn } from '../../commands/policy-adoption.ts';

export interface AppliedPolicy {
  /** Of the entry that brought it into force. */
  readonly sequence: number;
  readonly policy: Policy;
}

interface Adoption extends AppliedPolicy {
  /** Whether windows that are open keep what they have. */
  readonly spares: boolean;
}

interface Planned {
  readonly sequence: number;
  readonly revision: number;
}

const OF_WINDOWS: ReadonlySet<string> = new Set([
  'window',
  'assignment',
  'claim',
  'submission',
  'upload',
  'challenge',
  'verdict',
  'panel',
  'aggregation',
  'promotion',
]);

export class PolicyTrail {
  readonly #adoptions: Adoption[] = [];
  readonly #windows = new Map<string, Planned>();
  /** By sequence, entries that belong to a window. */
  readonly #within = new Map<number, Planned>();
  readonly #asked: ReadonlySet<number> | null;

  /**
   * @param asked sequences that `at` will be asked about, with the grounds of each, where that is known
   * beforehand: nothing is kept of other entries. By default any may be asked about.
   */
  constructor(asked: ReadonlySet<number> | null = null) {
    this.#asked = asked;
  }

  observe(event: LedgerEvent): void {
    const { sequence } = event;
    if (adoptsPolicy(event)) {
      const sparing =
        !/^daybook\.policy\.adopted\.v[12]$/.test(event.type) ||
        this.#adoptions.at(-1)?.spares === true;
      this.#adoptions.push({ sequence, policy: policyIn(event), spares: sparing });
    }
    if (event.type === 'daybook.window.planned.v1') {
      const { run, window, policyRevision } = event.data;
      this.#windows.set(windowKey(run, window), { sequence, revision: policyRevision });
    }
    if (this.#asked?.has(sequence) === false) return;
    const window = this.#windowOf(event);
    if (window !== undefined) this.#within.set(sequence, window);
  }

  /** Null before there is any. @param sequence Infinity: of the next entry */
  at(sequence: number): AppliedPolicy | null {
    const inForce = this.#adoptions.findLast((one) => one.sequence <= sequence) ?? null;
    const window = this.#within.get(sequence);
    if (window === undefined) return inForce;
    const next = this.#adoptions.find((one) => one.sequence > window.sequence);
    if (next === undefined || next.sequence > sequence || !next.spares) return inForce;
    return this.#adoptions.find(({ policy }) => policy.revision === window.revision) ?? inForce;
  }

  #windowOf(event: LedgerEvent): Planned | undefined {
    switch (event.type) {
      case 'daybook.checkpoint.promoted.v1':
        return this.#windows.get(windowKey(event.data.run, event.data.window));
      // It rests on verdicts.
      case 'daybook.participant.quarantined.v1':
        return this.#within.get(event.data.evidence[0] ?? -1);
      case 'daybook.journal.posted.v1':
        return this.#windows.get(windowOfJournal(event.data.journal));
      default:
        if (!OF_WINDOWS.has(familyOf(event.type))) return undefined;
        return this.#windows.get(
          'window' in event.data
            ? windowKey((event.data as { run: string }).run, event.data.window as number)
            : windowKeyOf((event.data as { assignment: string }).assignment),
        );
    }
  }
}

/** What a window brought, `credit/<run>/<window>`, or a rejection cost, `penalty/<assignment>`. */
function windowOfJournal(journal: string): string {
  const [kind, run = '', window = ''] = journal.split('/');
  return kind === 'credit' || kind === 'penalty' ? `${run}/${window}` : '';
}

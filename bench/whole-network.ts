/**
 * A whole network in one process, for benchmarks: one in a hundred is a validator, a hundredth as many
 * slots as participants, and every command of a window as the authority decides it. No roles, no log.
 * Signatures are real where they are asked for; else nothing that checks them can take its entries.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import type { Command } from '../src/commands/command.ts';
import { statementOf } from '../src/commands/command.ts';
import { LedgerMachine } from '../src/commands/ledger-machine.ts';
import { seedNetworkPolicy } from '../src/commands/network-policy.ts';
import { openingOf } from '../src/commands/opening.ts';
import { adoptionOf } from '../src/commands/policy-adoption.ts';
import { NextDue } from '../src/commands/rules/next-due.ts';
import { seedPolicy } from '../src/commands/seed-policy.ts';
import type { Fact, FactOf, FactType } from '../src/events/catalogue.ts';
import { tagged } from '../src/events/command-tag.ts';
import type { ActorId, CommandId } from '../src/events/ids.ts';
import type { SigningKey } from '../src/events/nkey.ts';
import { signStatement } from '../src/events/statement.ts';
import type { Books, Policy, WindowBook } from '../src/projections/books.ts';
import { currentAssignments, must, openWindow } from '../src/projections/books.ts';
import {
  artifactNamed,
  digestNamed,
  keyNamed,
  LEDGER,
  NONCE,
  START_MS,
  testPlan,
} from '../src/testing/desk.ts';

const SECOND_MS = 1000;
const WINDOW_MS = 30 * SECOND_MS;
const QUORUM = 3;
/** Commands that a busy authority commits together: after each group it looks for what is due. */
const GROUP = 16;
export const RUN = testPlan.run;
const SIG = `${'A'.repeat(86)}==`;

export type Phase = 'admission' | 'heartbeats' | 'planning' | 'work' | 'consensus' | 'settlement';
export interface Cost {
  cpuMs: number;
  events: number;
}

/** Each window is worth promoting, however many there are. */
const lossAt = (window: number): number => Math.round(1_000_000_000 * 0.998 ** window);

const policyFor = (slots: number): Policy => ({
  ...seedPolicy,
  liveness: {
    heartbeatMs: WINDOW_MS,
    staleAfterMs: 2.5 * WINDOW_MS,
    expireAfterMs: 4 * WINDOW_MS,
    leaseMs: 8 * WINDOW_MS,
    renewBeforeMs: 2 * WINDOW_MS,
    drainMs: WINDOW_MS,
  },
  validation: { ...seedPolicy.validation, auditRateBps: 10_000, panelSize: QUORUM, quorum: QUORUM },
  rewards: { ...seedPolicy.rewards, periodWindows: 5 },
  mesh: { ...seedNetworkPolicy.mesh, freshMs: 2 * WINDOW_MS },
  admission: { ...seedNetworkPolicy.admission, canarySlots: slots, canaryPayBps: 2500 },
});

export class Network {
  readonly costs = new Map<Phase, Cost>();
  heapPeak = 0;
  readonly #machine = LedgerMachine.empty(LEDGER);
  readonly #due = new NextDue();
  readonly #authority = keyNamed('authority').actor;
  readonly #operator = keyNamed('operator').actor;
  readonly #workers: ActorId[];
  readonly #validators: ActorId[];
  readonly #slots: number;
  readonly #recorded: (lines: readonly Uint8Array[]) => void;
  /** Of everybody who signs; null: nobody does. */
  readonly #keys: Map<ActorId, SigningKey> | null;
  #nowMs = START_MS;
  #commands = 0;

  /**
   * @param recorded told of what each command led to, as it is decided
   * @param isSigned a signature costs ten times what deciding a command does
   */
  constructor(
    participants: number,
    windows: number,
    recorded: (lines: readonly Uint8Array[]) => void = () => undefined,
    isSigned = false,
  ) {
    this.#recorded = recorded;
    this.#keys = isSigned
      ? new Map(['authority', 'operator'].map(keyNamed).map((key) => [key.actor, key]))
      : null;
    const validators = Math.max(QUORUM, Math.round(participants / 100));
    this.#slots = Math.max(2, Math.round(participants / 100));
    const several = (name: string, count: number): ActorId[] =>
      Array.from({ length: count }, (_, i) => {
        const key = keyNamed(`${name}-${i}`);
        this.#keys?.set(key.actor, key);
        return key.actor;
      });
    this.#workers = several('worker', participants - validators);
    this.#validators = several('validator', validators);
    this.#open(windows);
  }

  get books(): Books {
    return this.#machine.ahead.books;
  }

  get #window(): WindowBook {
    return must(openWindow(this.books, RUN), 'open window');
  }

  #open(windows: number): void {
    const { type, data } = openingOf(LEDGER, this.#authority, this.#operator, NONCE);
    const adoption = adoptionOf(policyFor(this.#slots));
    this.#decide('admission', [this.#command(this.#authority, type, data)]);
    this.#decide('admission', [this.#command(this.#operator, adoption.type, adoption.data)]);
    const all = [
      ...this.#workers.map((actor) => ({ actor, role: 'worker' as const })),
      ...this.#validators.map((actor) => ({ actor, role: 'validator' as const })),
    ];
    const admit = all.map(({ actor, role }) =>
      this.#command(this.#operator, 'daybook.participant.admitted.v1', {
        participant: actor,
        role,
        name: `${role}-${actor.slice(1, 9)}`,
      }),
    );
    this.#decide('admission', admit);
    const plan = { ...testPlan, windows, slots: this.#slots, minValidators: QUORUM };
    this.#decide('admission', [
      this.#command(this.#operator, 'daybook.dataset.registered.v1', {
        dataset: plan.dataset,
        title: 'A dataset',
        tokenizer: artifactNamed('tokenizer'),
        vocabSize: 64,
        tokens: artifactNamed('tokens', 2 * (100_000 * 8 + 1)),
        pageTokens: 8,
        pages: 100_000,
        heldOutPages: 4,
        pagesRoot: digestNamed('pages').slice(7),
      }),
      this.#command(this.#operator, 'daybook.run.planned.v1', plan),
      this.#command(this.#operator, 'daybook.run.initializing.v1', {
        run: RUN,
        checkpoint: artifactNamed('initial'),
      }),
    ]);
    const join = all.map(({ actor }) =>
      this.#command(actor, 'daybook.participant.joined.v1', {
        participant: actor,
        session: 1,
        computeClass: 'exact',
        backend: 'bench',
        software: 'bench',
      }),
    );
    this.#decide('admission', join);
    this.#tick('planning');
  }

  playWindow(): void {
    this.#nowMs += WINDOW_MS;
    this.#heartbeats();
    const { window, slots } = this.#window;
    const about = (id: string) => {
      const { participant } = must(this.#window.assignments[id], id);
      return { actor: participant, data: { assignment: id, session: 1 } };
    };
    this.#decide(
      'work',
      slots.map((id) => {
        const { actor, data } = about(id);
        return this.#command(actor, 'daybook.assignment.claimed.v1', data);
      }),
    );
    this.#decide(
      'work',
      slots.map((id) => this.#submission(id, about(id))),
    );
    this.#decide(
      'work',
      slots.map((id) => {
        const { actor, data } = about(id);
        const delta = artifactNamed(`delta ${id}`);
        return this.#command(actor, 'daybook.upload.completed.v1', { ...data, delta });
      }),
    );
    this.#tick('consensus');
    this.#decide('consensus', this.#verdicts());
    this.#decide('consensus', this.#reports(window));
    this.#settleAndPlan();
    this.heapPeak = Math.max(this.heapPeak, process.memoryUsage().heapUsed);
  }

  #heartbeats(): void {
    const beat = Math.floor(this.#nowMs / WINDOW_MS);
    const all = [...this.#workers, ...this.#validators].map((actor) =>
      this.#command(actor, 'daybook.participant.heartbeated.v1', {
        participant: actor,
        session: 1,
        beat,
      }),
    );
    this.#decide('heartbeats', all);
  }

  #submission(id: string, { actor, data }: { actor: ActorId; data: { session: number } }) {
    return this.#command(actor, 'daybook.submission.committed.v1', {
      ...data,
      assignment: id,
      checkpoint: this.#window.checkpoint,
      delta: artifactNamed(`delta ${id}`),
      encoding: 'f32',
      computeClass: 'exact',
      backend: 'bench',
      tokens: 32,
      innerSteps: testPlan.innerSteps,
      lossFirstMicroNats: 4_000_000,
      lossLastMicroNats: 3_900_000,
      trace: ['00'.repeat(32)],
      elapsedMs: 5,
    });
  }

  #verdicts(): Command[] {
    return currentAssignments(this.#window).flatMap(({ assignment, challenge }) =>
      must(challenge, 'challenge').panel.map((validator) =>
        this.#command(validator, 'daybook.verdict.recorded.v1', {
          assignment,
          session: 1,
          disposition: 'accepted',
          reasons: [],
          observed: artifactNamed(`delta ${assignment}`).digest,
          recomputed: artifactNamed(`delta ${assignment}`),
          firstDivergence: null,
        }),
      ),
    );
  }

  #reports(window: number): Command[] {
    return this.#validators.slice(0, QUORUM).map((validator) =>
      this.#command(validator, 'daybook.aggregation.reported.v1', {
        run: RUN,
        window,
        session: 1,
        checkpoint: artifactNamed(`checkpoint ${window}`),
        momentum: artifactNamed(`momentum ${window}`),
        lossBeforeMicroNats: lossAt(window),
        lossAfterMicroNats: lossAt(window + 1),
      }),
    );
  }

  /** Periods close in ticks of their own where the time between tells them from planning. */
  #settleAndPlan(): void {
    const { openPeriod, windowsReconciled } = must(this.books.runs[RUN], 'run');
    const period = this.books.rewards.periods[`${RUN}/${openPeriod}`];
    const isFull = windowsReconciled - (period?.fromWindow ?? 0) >= 5;
    this.#tick(isFull ? 'settlement' : 'planning');
    // Many payouts are posted part by part, one a tick; the next window is planned after the last.
    while (this.#isBetweenWindows()) {
      this.#nowMs += 1;
      this.#tick('settlement');
    }
  }

  #isBetweenWindows(): boolean {
    const { state } = must(this.books.runs[RUN], 'run');
    return state === 'active' && openWindow(this.books, RUN) === undefined;
  }

  #tick(phase: Phase): void {
    const data = { nowMs: this.#nowMs };
    this.#decide(phase, [this.#command(this.#authority, 'daybook.clock.ticked.v1', data)]);
  }

  #command<T extends FactType>(actor: ActorId, type: T, data: FactOf<T>['data']): Command {
    this.#commands += 1;
    const isOperator = actor === this.#operator;
    const size = isOperator ? null : this.books.ledger.size;
    const name = `c-${this.#commands}`;
    const id = type.startsWith('daybook.ledger.opened') ? name : tagged(name, NONCE, size);
    const fact = { type, data } as unknown as Fact;
    const unsigned = { id: id as CommandId, ledger: LEDGER, actor, fact };
    const key = this.#keys?.get(actor);
    const sig = key === undefined ? SIG : signStatement(key, statementOf(unsigned));
    return { ...unsigned, sig };
  }

  #decide(phase: Phase, commands: readonly Command[]): void {
    const cost = this.costs.get(phase) ?? { cpuMs: 0, events: 0 };
    this.costs.set(phase, cost);
    const from = process.threadCpuUsage();
    for (const [at, command] of commands.entries()) {
      const decided = this.#machine.decide(command, this.#nowMs);
      if (isLeft(decided)) throw new Error(`${command.fact.type}: ${decided.left.message}`);
      const { events, lines } = decided.right;
      this.#recorded(lines);
      this.#machine.settle(events.length);
      this.#due.note(events, this.books);
      if (at % GROUP === 0) this.#due.ms(this.books, this.#nowMs);
      cost.events += events.length;
    }
    const { user, system } = process.threadCpuUsage(from);
    cost.cpuMs += (user + system) / 1000;
  }
}

/**
 * Decoded events of a busy ledger for the benchmarks of the fold: so many participants are admitted
 * and join (`setup`), then windows run their course between heartbeats (`mix`). The facts follow one
 * another as the rules have them; nobody decides here, so the bound on participants does not hold.
 */
import type { Fact, LedgerEvent } from '../src/events/catalogue.ts';
import { digestOf } from '../src/events/digest.ts';
import { timeOfMs } from '../src/events/entry.ts';
import type { ActorId } from '../src/events/ids.ts';
import { seedPolicy } from '../src/commands/seed-policy.ts';
import { testPlan } from '../src/testing/desk.ts';

export const MIX_LEDGER = 'bench';
const START_MS = Date.UTC(2026, 0, 1);
const SLOTS = 64;
/** Heartbeats while a window runs, for each slot. */
const BEATS_PER_SLOT = 6;

const digest = (name: string) => digestOf(Buffer.from(name));
const artifact = (name: string) => ({ digest: digest(name), sizeBytes: 1_000_000 });
const actorOf = (index: number): ActorId => `U${String(index).padStart(55, 'A')}` as ActorId;
const AUTHORITY = actorOf(0).replace('U', 'A');

/** Places facts one after another, each command with what follows from it. */
class Scribe {
  readonly events: LedgerEvent[] = [];
  nowMs = START_MS;
  #sequence: number;
  #commands = 0;

  constructor(sequence = 0, nowMs = START_MS) {
    this.#sequence = sequence;
    this.nowMs = nowMs;
    this.#commands = sequence;
  }

  say(actor: string, type: string, data: object, ...consequences: [string, object][]): void {
    this.#commands += 1;
    this.nowMs += 3;
    const id = `${type.split('.')[2]}-${this.#commands}`;
    [[type, data] as const, ...consequences].forEach(([what, about], index) => {
      this.events.push({
        id: `${id}.${index}`,
        source: `/ledgers/${MIX_LEDGER}`,
        subject: 'bench',
        time: timeOfMs(this.nowMs),
        sequence: this.#sequence,
        actor: index === 0 ? actor : AUTHORITY,
        commandid: id,
        ...(index === 0 ? { sig: `${'A'.repeat(86)}==` } : { causationid: `${id}.0` }),
        type: `daybook.${what}.v1`,
        data: about as Fact['data'],
      } as unknown as LedgerEvent);
      this.#sequence += 1;
    });
  }
}

export interface Mix {
  readonly setup: readonly LedgerEvent[];
  readonly mix: readonly LedgerEvent[];
}

export function ledgerMix(participants: number, events: number): Mix {
  const first = new Scribe();
  open(first, participants);
  const then = new Scribe(first.events.length, first.nowMs);
  for (let window = 0; then.events.length < events; window += 1)
    runWindow(then, participants, window);
  return { setup: first.events, mix: then.events.slice(0, events) };
}

function open(scribe: Scribe, participants: number): void {
  const origin = 'daybook.local/bench';
  const opened = { format: 1, authority: AUTHORITY, operator: AUTHORITY, origin };
  scribe.say(AUTHORITY, 'ledger.opened', opened);
  scribe.say(AUTHORITY, 'policy.adopted', seedPolicy);
  for (let index = 0; index < participants; index += 1) {
    const participant = actorOf(index);
    const role = index % 8 === 7 ? 'validator' : 'worker';
    const stake = { id: `stake/${participant}`, unit: 'micro', amount: '100000000' };
    const transfers = [{ ...stake, debit: 'issuer', credit: `escrow/${participant}` }];
    scribe.say(AUTHORITY, 'participant.admitted', { participant, role, name: `p-${index}` }, [
      'journal.posted',
      { journal: `stake/${participant}`, transfers },
    ]);
    scribe.say(
      participant,
      'participant.joined',
      { participant, session: 1, computeClass: 'exact', backend: 'exact', software: 'bench' },
      ['lease.granted', { participant, session: 1, untilMs: scribe.nowMs + 60_000 }],
    );
  }
  scribe.say(AUTHORITY, 'dataset.registered', { dataset: 'd', pages: 100, heldOutPages: 4 });
  scribe.say(AUTHORITY, 'run.planned', { ...testPlan, windows: 100_000, slots: SLOTS });
  scribe.say(AUTHORITY, 'run.initializing', { run: 'r', checkpoint: artifact('initial') }, [
    'run.activated',
    { run: 'r' },
  ]);
}

function beat(scribe: Scribe, participants: number): void {
  const participant = actorOf((scribe.events.length * 7919) % participants);
  const about = { participant, session: 1 };
  const renewed: [string, object][] =
    scribe.events.length % 4 === 0
      ? [['lease.renewed', { ...about, untilMs: scribe.nowMs + 60_000 }]]
      : [];
  scribe.say(participant, 'participant.heartbeated', { ...about, beat: 1 }, ...renewed);
}

function runWindow(scribe: Scribe, participants: number, window: number): void {
  const about = { run: 'r', window };
  const worker = (slot: number): ActorId => actorOf(((window * SLOTS + slot) * 8) % participants);
  const id = (slot: number): string => `r/${window}/${slot}/0`;
  const slots = Array.from({ length: SLOTS }, (_, slot) => slot);
  scribe.say(
    AUTHORITY,
    'clock.ticked',
    { nowMs: scribe.nowMs },
    [
      'window.planned',
      {
        ...about,
        policyRevision: 1,
        revision: window,
        checkpoint: digest(`checkpoint ${window}`),
        seed: 'ab'.repeat(32),
        contributors: slots.map(worker),
        standby: [],
        deadlineMs: scribe.nowMs + 600_000,
      },
    ],
    ...slots.map((slot): [string, object] => [
      'assignment.issued',
      {
        ...about,
        assignment: id(slot),
        slot,
        attempt: 0,
        participant: worker(slot),
        pages: [1, 2],
        expiresMs: scribe.nowMs + 30_000,
      },
    ]),
    ['window.activated', about],
  );
  for (const slot of slots) {
    for (let n = 0; n < BEATS_PER_SLOT; n += 1) beat(scribe, participants);
    const assignment = { assignment: id(slot), session: 1 };
    const delta = artifact(`delta of ${id(slot)}`);
    scribe.say(worker(slot), 'assignment.claimed', assignment);
    scribe.say(worker(slot), 'submission.committed', {
      ...assignment,
      delta,
      computeClass: 'exact',
      backend: 'exact',
      tokens: 32,
      lossFirstMicroNats: 5_000_000,
      lossLastMicroNats: 4_000_000,
      trace: [],
      elapsedMs: 1000,
    });
  }
  scribe.say(AUTHORITY, 'clock.ticked', { nowMs: scribe.nowMs }, ['window.sealed', about]);
  for (const slot of slots) judge(scribe, id(slot), worker(slot), slot);
  reconcile(scribe, window, slots.map(worker));
}

function judge(scribe: Scribe, assignment: string, worker: ActorId, slot: number): void {
  const delta = artifact(`delta of ${assignment}`);
  const [one, other] = [7, 15].map((index) => actorOf(index));
  scribe.say(worker, 'upload.completed', { assignment, session: 1, delta });
  const challenge = { assignment, seed: 'cd'.repeat(32), panel: [one, other], reserve: [] };
  scribe.say(AUTHORITY, 'clock.ticked', { nowMs: scribe.nowMs }, ['challenge.issued', challenge]);
  const verdict = {
    assignment,
    disposition: 'accepted',
    reasons: [],
    observed: delta.digest,
    recomputed: delta,
    firstDivergence: null,
  };
  scribe.say(one as string, 'verdict.recorded', verdict);
  scribe.say(other as string, 'verdict.recorded', verdict, [
    'challenge.resolved',
    {
      assignment,
      disposition: slot % 16 === 5 ? 'rejected' : 'accepted',
      reasons: [],
      counted: delta.digest,
    },
  ]);
}

function reconcile(scribe: Scribe, window: number, workers: readonly ActorId[]): void {
  const about = { run: 'r', window };
  const [checkpoint, momentum] = [artifact(`checkpoint ${window + 1}`), artifact('momentum')];
  const losses = { lossBeforeMicroNats: 5_000_000, lossAfterMicroNats: 4_000_000 };
  const validators = [actorOf(7), actorOf(15)];
  const request = { ...about, checkpoint: digest('c'), momentum: null, deltas: [], validators };
  const report = { ...about, checkpoint, momentum, ...losses };
  const transfers = workers.map((worker, slot) => ({
    id: `work/r/${window}/${slot}`,
    unit: 'work',
    debit: 'issuer',
    credit: `earned/r/${worker}`,
    amount: '320000',
  }));
  scribe.say(AUTHORITY, 'clock.ticked', { nowMs: scribe.nowMs }, [
    'aggregation.requested',
    request,
  ]);
  scribe.say(validators[0] as string, 'aggregation.reported', report);
  scribe.say(
    validators[1] as string,
    'aggregation.reported',
    report,
    ['aggregation.agreed', { ...report, reports: [], agreeing: validators, dissenting: [] }],
    [
      'promotion.decided',
      { ...about, decision: 'promoted_revision', reasons: ['held_out_gain'], gainBps: 20 },
    ],
    [
      'checkpoint.promoted',
      { ...about, revision: window + 1, checkpoint, momentum, heldOutLossMicroNats: 4_000_000 },
    ],
    ['window.reconciled', about],
    ['journal.posted', { journal: `work/r/${window}`, transfers }],
  );
}

/**
 * What can go wrong in a simulated world, as data: a schedule is a list of faults, each with its
 * kind, target, time and amount, drawn from the seed before anything runs. A schedule can therefore
 * be printed, edited, made smaller and played again.
 */
import type { Chance } from './chance.ts';

export type FaultTarget = 'node' | 'process' | 'log' | 'store' | 'run';

interface FaultKindInfo {
  readonly doc: string;
  readonly target: FaultTarget;
  /** How long it lasts; [0, 0]: it happens at once. */
  readonly lastsMs: readonly [number, number];
  /** What `amount` is, and its range. */
  readonly unit: string;
  readonly amount: readonly [number, number];
}

const SECOND = 1000;
const none = { unit: '-', amount: [0, 0] } as const;
const ppm = (least: number, most: number) => ({ unit: 'ppm', amount: [least, most] }) as const;
const ms = (least: number, most: number) => ({ unit: 'ms', amount: [least, most] }) as const;

export const FAULT_KINDS = {
  crash: {
    doc: 'A process loses its memory at once and starts again when this is over.',
    target: 'process',
    lastsMs: [100, 70 * SECOND],
    ...none,
  },
  stop: {
    doc: 'A process is told to stop, leaves in order, and starts again when this is over.',
    target: 'process',
    lastsMs: [3 * SECOND, 40 * SECOND],
    ...none,
  },
  drain: {
    doc: 'A node is told to end when it is done with what it holds, and starts again when this is over.',
    target: 'node',
    lastsMs: [3 * SECOND, 60 * SECOND],
    ...none,
  },
  isolate: {
    doc: 'A process reaches neither the log, the channel nor the store.',
    target: 'process',
    lastsMs: [1 * SECOND, 60 * SECOND],
    ...none,
  },
  freeze: {
    doc: 'A process stands still, then goes on as if no time had passed.',
    target: 'process',
    lastsMs: [1 * SECOND, 60 * SECOND],
    ...none,
  },
  drop: {
    doc: 'Messages of a process are lost: requests, replies, steps, acknowledgements.',
    target: 'process',
    lastsMs: [5 * SECOND, 60 * SECOND],
    ...ppm(50_000, 600_000),
  },
  duplicate: {
    doc: 'Messages of a process arrive twice.',
    target: 'process',
    lastsMs: [5 * SECOND, 90 * SECOND],
    ...ppm(100_000, 900_000),
  },
  delay: {
    doc: 'Messages of a process take up to this long, each its own time, so they overtake each other.',
    target: 'process',
    lastsMs: [5 * SECOND, 60 * SECOND],
    ...ms(50, 9000),
  },
  lag: {
    doc: 'A process sees new commits only after up to this long.',
    target: 'process',
    lastsMs: [5 * SECOND, 60 * SECOND],
    ...ms(50, 8000),
  },
  slow: {
    doc: 'A node computes this many times slower.',
    target: 'node',
    lastsMs: [10 * SECOND, 120 * SECOND],
    unit: 'times',
    amount: [2, 40],
  },
  skew: {
    doc: "A process's clock is ahead by this much, or behind when negative.",
    target: 'process',
    lastsMs: [10 * SECOND, 120 * SECOND],
    ...ms(-20 * SECOND, 20 * SECOND),
  },
  'log-outage': {
    doc: 'Nobody can append to the log or read it.',
    target: 'log',
    lastsMs: [200, 40 * SECOND],
    ...none,
  },
  'lost-ack': {
    doc: 'Appends are stored or not, and their answer is lost either way.',
    target: 'log',
    lastsMs: [2 * SECOND, 30 * SECOND],
    ...ppm(100_000, 700_000),
  },
  'artifact-lost': {
    doc: 'The newest delta in the store is gone.',
    target: 'store',
    lastsMs: [0, 0],
    ...none,
  },
  'artifact-corrupt': {
    doc: 'The newest delta in the store has other bytes.',
    target: 'store',
    lastsMs: [0, 0],
    ...none,
  },
  'store-late': {
    doc: 'What is put into the store shows up only this much later.',
    target: 'store',
    lastsMs: [5 * SECOND, 60 * SECOND],
    ...ms(100, 5000),
  },
  'run-pause': {
    doc: 'The operator pauses the run and resumes it when this is over.',
    target: 'run',
    lastsMs: [5 * SECOND, 60 * SECOND],
    ...none,
  },
} as const satisfies Record<string, FaultKindInfo>;

export type FaultKind = keyof typeof FAULT_KINDS;
export const faultKinds = Object.keys(FAULT_KINDS) as FaultKind[];

export interface PlannedFault {
  /** Names its stream of chance; unique in a schedule. */
  readonly id: string;
  readonly kind: FaultKind;
  /** Name of a process; `*` for what concerns everybody. */
  readonly target: string;
  /** Milliseconds of virtual time since the run started. */
  readonly fromMs: number;
  readonly untilMs: number;
  readonly amount: number;
}

export interface Targets {
  readonly authorities: readonly string[];
  readonly nodes: readonly string[];
}

function targetOf(kind: FaultKind, { authorities, nodes }: Targets, chance: Chance): string {
  const { target }: FaultKindInfo = FAULT_KINDS[kind];
  if (target === 'node') return chance.pick(nodes);
  if (target !== 'process') return '*';
  // The few authorities are worth as much trouble as all the nodes.
  return chance.pick(chance.ppm(400_000) ? authorities : nodes);
}

/** `count` faults of the kinds given, in the order in which they begin. */
export function drawFaults(
  chance: Chance,
  targets: Targets,
  { count, kinds, horizonMs }: { count: number; kinds: readonly FaultKind[]; horizonMs: number },
): PlannedFault[] {
  if (kinds.length === 0) return [];
  const faults = Array.from({ length: count }, (_, index) => {
    const one = chance.of(`fault ${index}`);
    const kind = one.pick(kinds);
    const { lastsMs, amount }: FaultKindInfo = FAULT_KINDS[kind];
    const fromMs = one.below(horizonMs);
    return {
      id: `f${index}`,
      kind,
      target: targetOf(kind, targets, one),
      fromMs,
      untilMs: Math.min(fromMs + one.between(...lastsMs), horizonMs),
      amount: one.between(...amount),
    };
  });
  return faults.sort((a, b) => a.fromMs - b.fromMs || (a.id < b.id ? -1 : 1));
}

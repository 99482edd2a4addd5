/**
 * A whole network in one process: one in a hundred is a validator, a hundredth as many slots as
 * participants, heartbeats, claims, submissions, reveals, verdicts, reports and settlements over many
 * windows, each as a command that the authority decides (ledger-machine.ts), looking for the next
 * due time after every group. No roles, no log, no signatures; making the commands is not measured.
 *   node bench/network.ts [windows] [participants ...]      (default 50 1000 3000 10000)
 * All sizes run in one process, after a small one that is thrown away. CPU is the thread's own,
 * collections included; `us/event` divides it by the entries recorded. An exponent is the slope of
 * log cost a window over log participants from the first size to the last: n log n is about 1.1.
 */
import assert from 'node:assert';
import type { Cost, Phase } from './whole-network.ts';
import { Network, RUN } from './whole-network.ts';

const WARM_UP = { participants: 300, windows: 10 };

interface Figures {
  readonly participants: number;
  readonly costs: ReadonlyMap<Phase, Cost>;
  readonly events: number;
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly heapMiB: number;
}

function play(participants: number, windows: number): Figures {
  const from = performance.now();
  const network = new Network(participants, windows);
  for (let window = 0; window < windows; window += 1) network.playWindow();
  assert(network.books.runs[RUN]?.windowsReconciled === windows, 'every window is reconciled');
  const costs = [...network.costs.values()];
  return {
    participants,
    costs: network.costs,
    events: costs.reduce((sum, { events }) => sum + events, 0),
    cpuMs: costs.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    wallMs: performance.now() - from,
    heapMiB: network.heapPeak / 2 ** 20,
  };
}

const [windows = 50, ...given] = process.argv.slice(2).map(Number);
const sizes = given.length === 0 ? [1000, 3000, 10_000] : given;
const PHASES: readonly Phase[] = [
  'admission',
  'heartbeats',
  'planning',
  'work',
  'consensus',
  'settlement',
];
const WIDTH = 13;
const print = (row: readonly string[]): void => {
  process.stdout.write(`${row.map((cell) => cell.padStart(WIDTH)).join('')}\n`);
};

play(WARM_UP.participants, WARM_UP.windows);
print(['participants', 'events', 'events/s', 'us/event', 'heap MiB', 'wall s'].concat(PHASES));
const all = sizes.map((size) => {
  const figures = play(size, windows);
  const { events, cpuMs, wallMs, heapMiB, costs } = figures;
  print([
    String(size),
    String(events),
    ((1000 * events) / cpuMs).toFixed(0),
    ((1000 * cpuMs) / events).toFixed(1),
    heapMiB.toFixed(0),
    (wallMs / 1000).toFixed(1),
    ...PHASES.map((phase) => `${((100 * (costs.get(phase)?.cpuMs ?? 0)) / cpuMs).toFixed(1)} %`),
  ]);
  return figures;
});
const [first, last] = [all[0], all.at(-1)];
if (first !== undefined && last !== undefined && first !== last) {
  const slope = (cost: (figures: Figures) => number): string =>
    (Math.log(cost(last) / cost(first)) / Math.log(last.participants / first.participants)).toFixed(
      2,
    );
  print(
    ['exponent', slope(({ events }) => events), '', slope((one) => one.cpuMs / one.events)].concat(
      slope(({ heapMiB }) => heapMiB),
      slope(({ wallMs }) => wallMs),
      PHASES.map((phase) => slope(({ costs }) => costs.get(phase)?.cpuMs ?? 0)),
    ),
  );
}

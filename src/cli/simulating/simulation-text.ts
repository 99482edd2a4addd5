/** Simulations in words: what was played, how it ended, and how a breach came about. */
import type { PlannedFault } from '../../simulation/faults.ts';
import type { Scenario } from '../../simulation/scenario.ts';
import type { Shrunk } from '../../simulation/shrink.ts';
import type { Outcome } from '../../simulation/simulation.ts';
import { grouped } from '../../roles/figures.ts';
import { colour, facts } from '../terminal/output.ts';

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

const counted = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([what, count]) => `${what} ${count}`)
    .join(', ');

const endingOf = ({ breach, completed }: Outcome): string => {
  if (breach !== null) return colour.red(`breached ${breach.law}`);
  return completed ? colour.green('completed, no law breached') : 'cut off, no law breached';
};

export const outcomeLine = (outcome: Outcome): string =>
  `seed ${outcome.seed}: ${endingOf(outcome)} after ${seconds(outcome.virtualMs)}, ` +
  `${grouped(outcome.entries)} entries`;

const inStages = ({ stages }: Scenario): string =>
  stages === undefined ? '' : ` in ${stages} stages`;

export function outcomeText(scenario: Scenario, outcome: Outcome): string {
  const dishonest = scenario.parties.filter(({ conduct }) => conduct !== 'honest');
  const { validation } = scenario.policy;
  return facts([
    ['seed', colour.bold(scenario.seed)],
    ['ended', endingOf(outcome)],
    [
      'network',
      `${scenario.authorities.length} authorities, ${scenario.parties.length} nodes, ` +
        `${scenario.windows} windows of ${scenario.slots} slots${inStages(scenario)}, quorum ${validation.quorum}`,
    ],
    [
      'dishonest',
      dishonest.map(({ name, conduct }) => `${name} ${conduct}`).join(', ') || 'nobody',
    ],
    ['faults', counted(outcome.faults) || 'none'],
    ['no', counted(outcome.refusals) || 'never'],
    [
      'course',
      `${seconds(outcome.virtualMs)} of virtual time, ${grouped(outcome.ticks)} ticks, ` +
        `${grouped(outcome.commits)} commits, ${outcome.promoted} promotions`,
    ],
    ['entries', grouped(outcome.entries)],
    ['root', outcome.root],
    ['transcript', outcome.transcriptDigest],
  ]);
}

const faultText = ({ id, kind, target, fromMs, untilMs, amount }: PlannedFault): string =>
  `  ${id} ${kind} ${target} from ${seconds(fromMs)} to ${seconds(untilMs)}` +
  (amount === 0 ? '' : ` (${amount})`);

/** What is left of a failing scenario, and how it goes. */
export function breachText({ scenario, outcome, plays }: Shrunk): string {
  return [
    '',
    `shrunk in ${plays} plays to:`,
    outcomeText(scenario, outcome),
    'schedule:',
    ...(scenario.faults.length === 0 ? ['  no faults'] : scenario.faults.map(faultText)),
    'transcript (tick, time, what):',
    ...outcome.lastLines.map((line) => `  ${line}`),
    colour.red(`  ${outcome.breach?.law}: ${outcome.breach?.message}`),
  ].join('\n');
}

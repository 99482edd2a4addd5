/**
 * `daybook simulate`: a whole network on virtual time, from a seed. One seed in detail, or a campaign
 * of many; a seed that breaches a law is made smaller, printed as a transcript, and played again from
 * the schedule it leaves behind. Exit 1 when a law was breached.
 */
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { systemClock } from '../../adapters/system-clock.ts';
import { systemEntropy } from '../../adapters/system-entropy.ts';
import { runCampaign } from '../../simulation/campaign.ts';
import type { FaultKind } from '../../simulation/faults.ts';
import { faultKinds } from '../../simulation/faults.ts';
import { readScenario, ScenarioError, writeScenario } from '../../simulation/scenario-file.ts';
import type { Range, Scenario, Sizes, Trouble } from '../../simulation/scenario.ts';
import { drawScenario, drawSize, FULL_SIZE, FULL_TROUBLE } from '../../simulation/scenario.ts';
import { shrink } from '../../simulation/shrink.ts';
import type { Outcome } from '../../simulation/simulation.ts';
import { simulate } from '../../simulation/simulation.ts';
import type { CampaignSummary } from './simulate-output.ts';
import { simulated } from './simulate-output.ts';
import { tell, withOutput } from '../terminal/declared-output.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { fileBytes, writeNamed } from '../terminal/named-files.ts';
import type { OutputOptions } from '../terminal/output.ts';
import { grouped } from '../../roles/figures.ts';
import { colour, print, progress } from '../terminal/output.ts';
import { breachText, outcomeLine, outcomeText } from './simulation-text.ts';
import { stopSignal } from '../terminal/stop-signal.ts';
import { wholeNumber } from '../terminal/whole-number.ts';

interface SimulateOptions extends OutputOptions {
  readonly seed?: string;
  readonly seeds?: string;
  readonly minutes?: string;
  readonly ticks?: string;
  readonly nodes: string;
  readonly windows: string;
  readonly authorities: string;
  readonly faults: string;
  readonly onlyFaults?: string;
  readonly dishonest: boolean;
  readonly schedule?: string;
  readonly save?: string;
  readonly threads?: string;
  readonly shrink: boolean;
}

/** Lines of a transcript that a person reads; plays that a failing seed is worth. */
const LAST_LINES = 40;
const SHRINK_PLAYS_MAX = 300;

export function registerSimulate(program: Command): void {
  withOutput(
    program
      .command('simulate')
      .description('play a network on virtual time, with faults and liars'),
    simulated,
  )
    .option('--seed <seed>', 'everything follows from it; drawn and printed when not given')
    .option('--seeds <from..to>', 'a campaign of these seeds')
    .option('--minutes <minutes>', 'a campaign of fresh seeds for so long')
    .option('--ticks <count>', 'cut one seed off after so many wakes')
    .option(
      '--nodes <count>',
      'workers and validators; 5..9: each seed draws',
      String(FULL_SIZE.nodes),
    )
    .option('--windows <count>', 'training windows, or a range', String(FULL_SIZE.windows))
    .option('--authorities <count>', 'on the one ledger, or a range', String(FULL_SIZE.authorities))
    .option('--faults <count>', 'a window, on average', String(FULL_TROUBLE.faultsPerWindow))
    .option('--only-faults <kinds>', `of ${faultKinds.join(', ')}`)
    .option('--no-dishonest', 'everybody keeps to the rules')
    .option('--schedule <file>', 'play a scenario that was saved')
    .option('--save <file>', 'write the scenario of a seed, or what a failing one shrank to')
    .option('--threads <count>', 'of a campaign')
    .option('--no-shrink', 'leave a failing scenario as it is')
    .action(runSimulate);
}

async function runSimulate(options: SimulateOptions): Promise<void> {
  const sizes = sizesOf(options);
  const trouble = troubleOf(options);
  if (options.seeds !== undefined || options.minutes !== undefined)
    return campaignOf(options, sizes, trouble);
  const seed = options.seed ?? freshSeed();
  const scenario =
    options.schedule === undefined
      ? drawScenario(seed, drawSize(seed, sizes), trouble)
      : scenarioIn(options.schedule);
  if (options.save !== undefined) writeNamed(options.save, writeScenario(scenario));
  const ticksMax = options.ticks === undefined ? {} : { ticksMax: whole(options, 'ticks', 1) };
  const outcome = await simulate(scenario, { ...ticksMax, lastLines: LAST_LINES });
  tell(simulated, outcome, options, () => print(outcomeText(scenario, outcome)));
  if (outcome.breach !== null) await explainBreach(scenario, outcome, options);
}

async function campaignOf(options: SimulateOptions, sizes: Sizes, trouble: Trouble): Promise<void> {
  const { seeds, total } = seedsOf(options);
  const startedMs = systemClock.nowMs();
  const untilMs =
    options.minutes === undefined ? Infinity : startedMs + whole(options, 'minutes', 1) * 60_000;
  const threads = wholeNumber(
    '--threads',
    options.threads ?? String(availableParallelism()),
    1,
    256,
  );
  const outcomes: Outcome[] = [];
  const bar = progress(options.quiet);
  const onOutcome = (outcome: Outcome): boolean => {
    outcomes.push(outcome);
    bar.clear();
    if (outcome.breach !== null && options.output === 'table') print(outcomeLine(outcome));
    bar.show('seeds', outcomes.length, total ?? outcomes.length);
    return !stopSignal().aborted && systemClock.nowMs() < untilMs;
  };
  await runCampaign({ seeds, sizes, trouble, threads, onOutcome });
  bar.clear();
  const minutes = Math.max(systemClock.nowMs() - startedMs, 1) / 60_000;
  const breached = outcomes.filter(({ breach }) => breach !== null);
  const sum = (of: (outcome: Outcome) => number): number =>
    outcomes.reduce((total_, outcome) => total_ + of(outcome), 0);
  const summary: CampaignSummary = {
    seeds: outcomes.length,
    breached: breached.flatMap(({ seed, breach }) =>
      breach === null ? [] : [{ seed, ...breach }],
    ),
    completed: outcomes.filter(({ completed }) => completed).length,
    entries: sum(({ entries }) => entries),
    virtualHours: sum(({ virtualMs }) => virtualMs) / 3_600_000,
    seedsPerMinute: outcomes.length / minutes,
  };
  tell(simulated, summary, options, () =>
    print(
      `${summary.seeds} seeds, ${summary.completed} runs completed, ${breached.length} breached; ` +
        `${grouped(summary.entries)} entries in ${summary.virtualHours.toFixed(1)} virtual hours, ` +
        `${summary.seedsPerMinute.toFixed(0)} seeds a minute`,
    ),
  );
  const first = breached[0];
  if (first === undefined) return;
  const size = drawSize(first.seed, sizes);
  await explainBreach(drawScenario(first.seed, size, trouble), first, options);
}

/** @throws Exit always: a law was breached */
async function explainBreach(
  scenario: Scenario,
  outcome: Outcome,
  options: SimulateOptions,
): Promise<never> {
  const playsMax = options.shrink ? SHRINK_PLAYS_MAX : 0;
  const again = await simulate(scenario, { lastLines: LAST_LINES });
  const small = await shrink(scenario, again, { playsMax, lastLines: LAST_LINES });
  const file = options.save ?? `seed-${scenario.seed.replace(/[^\w-]/g, '_')}.schedule.json`;
  writeNamed(file, writeScenario(small.scenario));
  if (options.output !== 'json') print(breachText(small));
  process.stderr.write(colour.dim(`again: daybook simulate --schedule ${file}\n`));
  throw new Exit(EXIT.failed, `seed ${scenario.seed}: ${outcome.breach?.law} was breached`);
}

const freshSeed = (): string =>
  String(Buffer.from(systemEntropy.bytes(4)).readUInt32LE(0) % 1_000_000_000);

function seedsOf({ seeds, seed }: SimulateOptions): {
  seeds: Iterator<string>;
  total: number | null;
} {
  if (seeds === undefined)
    return { seeds: counting(Number(seed ?? freshSeed()), Infinity), total: null };
  const match = /^(\d{1,15})\.\.(\d{1,15})$/.exec(seeds);
  if (match === null) throw new Exit(EXIT.usage, `--seeds: "${seeds}" is not <from>..<to>`);
  const [from, to] = [Number(match[1]), Number(match[2])];
  return { seeds: counting(from, to), total: Math.max(to - from + 1, 0) };
}

function* counting(from: number, to: number): Generator<string> {
  for (let seed = from; seed <= to; seed += 1) yield String(seed);
}

type Count = 'faults' | 'ticks' | 'minutes';

const whole = (options: SimulateOptions, name: Count, min: number, max?: number): number =>
  wholeNumber(`--${name}`, options[name] ?? '', min, max);

const sizesOf = (options: SimulateOptions): Sizes => ({
  nodes: rangeOf(options, 'nodes', 5, 800),
  windows: rangeOf(options, 'windows', 1, 10_000),
  authorities: rangeOf(options, 'authorities', 1, 16),
});

/** `7`, or `5..9`. */
function rangeOf(options: SimulateOptions, name: keyof Sizes, min: number, max: number): Range {
  const text = options[name];
  const [least = '', most = least, ...rest] = text.split('..');
  const option = `--${name}`;
  const range: Range = [wholeNumber(option, least, min, max), wholeNumber(option, most, min, max)];
  if (rest.length > 0 || range[0] > range[1])
    throw new Exit(EXIT.usage, `${option}: "${text}" is neither a number nor <least>..<most>`);
  return range;
}

function troubleOf(options: SimulateOptions): Trouble {
  const kinds = options.onlyFaults?.split(',') ?? faultKinds;
  const unknown = kinds.find((kind) => !faultKinds.includes(kind as FaultKind));
  if (unknown !== undefined)
    throw new Exit(
      EXIT.usage,
      `--only-faults: no "${unknown}"; there are ${faultKinds.join(', ')}`,
    );
  return {
    kinds: kinds as FaultKind[],
    faultsPerWindow: whole(options, 'faults', 0, 100),
    dishonest: options.dishonest,
  };
}

function scenarioIn(file: string): Scenario {
  try {
    return readScenario(fileBytes(file).toString('utf8'));
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    throw new Exit(EXIT.usage, `${file}: ${error.message}`);
  }
}

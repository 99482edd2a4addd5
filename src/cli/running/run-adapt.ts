/**
 * `daybook run adapt`: train an adapter of a run's model. The run it adapts gives model, data and
 * schedule; its newest checkpoint is the base, which stays as it is.
 */
import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { randomBytes } from 'node:crypto';
import { systemClock } from '../../adapters/system-clock.ts';
import { adapterProblem } from '../../commands/guards/adapter.ts';
import { adaptedMap, ADAPTED_MAPS, adapterAlpha } from '../../events/catalogue/run.ts';
import { slug } from '../../events/codecs.ts';
import type { AdapterData, Books, RunPlan } from '../../projections/books.ts';
import { CommandClient } from '../../roles/command-client.ts';
import { Operator } from '../../roles/operator.ts';
import { rebuildTo } from '../ledger/as-of.ts';
import { withKey } from '../context/setting-option.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import type { LedgerOptions } from '../ledger/ledger-options.ts';
import { readKey, withLedger } from '../ledger/ledger-options.ts';
import { onTracedLedger } from '../ledger/traced-verb.ts';
import { openSource } from '../ledger/source.ts';
import { withTraces } from './trace-options.ts';
import type { TraceOptions } from './trace-options.ts';
import { stopSignal } from '../terminal/stop-signal.ts';
import { wholeNumber } from '../terminal/whole-number.ts';

type Target = AdapterData['targets'][number];

interface AdaptOptions extends LedgerOptions, TraceOptions {
  readonly key: string;
  readonly name?: string;
  readonly rank: string;
  readonly alpha: string;
  readonly target: readonly Target[];
  readonly windows?: string;
}

function anotherTarget(value: string, before: readonly Target[]): readonly Target[] {
  if (!adaptedMap.is(value))
    throw new InvalidArgumentError(`Allowed choices are ${ADAPTED_MAPS.join(', ')}.`);
  return [...before, value];
}

export function registerRunAdapt(run: Command): void {
  const verb = run.command('adapt').description("train an adapter of a run's newest checkpoint");
  withTraces(withKey(withLedger(verb), 'seed of the operator'))
    .argument('<run>', 'the run whose model is adapted')
    .option('--name <run>', 'of the new run; unless said, <run>-adapter')
    .option('--rank <columns>', 'of the correction of each linear map', '8')
    .option('--alpha <number>', 'the correction is scaled by alpha / rank', '16')
    .addOption(
      new Option('--target <map>', 'linear map that is corrected; repeatable; unless said, lm_head')
        .choices(ADAPTED_MAPS)
        .argParser(anotherTarget)
        .default([]),
    )
    .option('--windows <count>', 'training windows; unless said, as many as the run has')
    .action(adapt);
}

async function adapt(of: string, options: AdaptOptions): Promise<void> {
  const key = readKey(options.key);
  const plan = planOf(await booksAt(options), of, options);
  await onTracedLedger('daybook run adapt', options, async ({ channel, artifacts, log }) => {
    if (!(await artifacts.has(plan.adapter.base.digest)))
      throw new Exit(EXIT.failed, `the store has no ${plan.adapter.base.digest}, the base`);
    const client = new CommandClient({ channel, clock: systemClock, key, log });
    await new Operator(client, artifacts, stopSignal()).startRun(plan);
    const { rank, targets, base } = plan.adapter;
    process.stdout.write(
      `run ${plan.run}: an adapter of rank ${rank} on ${targets.join(', ')} of ${base.digest}, ` +
        `${plan.windows} windows\n`,
    );
  });
}

async function booksAt(options: LedgerOptions): Promise<Books> {
  const source = await openSource({ log: options.log, ledger: options.ledger });
  try {
    return (await rebuildTo(source, source.size)).books;
  } finally {
    await source.close();
  }
}

function planOf(
  books: Books,
  of: string,
  options: AdaptOptions,
): RunPlan & { readonly adapter: AdapterData } {
  const adapted = books.runs[of];
  const base = adapted?.revisions.at(-1)?.checkpoint;
  if (adapted === undefined || base === undefined)
    throw new Exit(EXIT.usage, `there is no run "${of}" with a checkpoint`);
  if (adapted.plan.adapter !== undefined)
    throw new Exit(EXIT.usage, `${of} trains an adapter itself; adapt the run that it adapts`);
  const run = options.name ?? `${of}-adapter`;
  if (!slug.is(run)) throw new Exit(EXIT.usage, `"${run}" is no run name`);
  const alpha = Number(options.alpha);
  if (!adapterAlpha.is(alpha))
    throw new Exit(EXIT.usage, `--alpha: "${options.alpha}" is no ${adapterAlpha.name}`);
  const adapter: AdapterData = {
    rank: wholeNumber('--rank', options.rank, 1, 4096),
    alpha,
    targets: options.target.length === 0 ? ['lm_head'] : [...options.target],
    base,
  };
  const problem = adapterProblem(adapted.plan.model, adapter);
  if (problem !== null) throw new Exit(EXIT.usage, problem);
  const { encoding: _sentWhole, ...plan } = adapted.plan;
  return {
    ...plan,
    run,
    title: `Adapter of ${plan.title}`.slice(0, 200),
    modelSeed: randomBytes(32).toString('hex'),
    windows: wholeNumber('--windows', options.windows ?? String(plan.windows), 1, 1000),
    adapter,
  };
}

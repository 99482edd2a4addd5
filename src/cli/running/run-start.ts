/**
 * `daybook run start`: what an operator does once roles are up - adopt the policy, admit their keys,
 * fix the dataset, plan the run, start it. Safe to repeat: every command has a fixed id.
 */
import type { Command } from 'commander';
import { systemClock } from '../../adapters/system-clock.ts';
import { actorId } from '../../events/codecs.ts';
import { CommandClient } from '../../roles/command-client.ts';
import type { RunPlan } from '../../projections/books.ts';
import type { Admission } from '../../roles/operator.ts';
import { Operator } from '../../roles/operator.ts';
import { beginRun } from '../crew/begin-run.ts';
import { demoPlan, demoPolicy, demoRecipe } from '../crew/demo-plan.ts';
import type { PlanOptions } from '../crew/plan-options.ts';
import { shapeOf, withPlan } from '../crew/plan-options.ts';
import { withKey } from '../context/setting-option.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { booksHere } from '../ledger/decide-here.ts';
import type { LedgerOptions } from '../ledger/ledger-options.ts';
import { readKey, withLedger } from '../ledger/ledger-options.ts';
import { onTracedLedger } from '../ledger/traced-verb.ts';
import { repeated } from '../terminal/repeated.ts';
import { withTraces } from './trace-options.ts';
import type { TraceOptions } from './trace-options.ts';
import { stopSignal } from '../terminal/stop-signal.ts';

interface StartOptions extends LedgerOptions, PlanOptions, TraceOptions {
  readonly key: string;
  readonly worker: readonly string[];
  readonly validator: readonly string[];
}

/** @param run the `run` command that this verb belongs to */
export function registerRunStart(run: Command): void {
  const verb = run
    .command('start')
    .description('admit nodes, fix the dataset, plan and start a run');
  withPlan(withTraces(withKey(withLedger(verb), 'seed of the operator')))
    .option('--worker <name=key>', 'a worker to admit; repeatable', repeated, [])
    .option('--validator <name=key>', 'a validator to admit; repeatable', repeated, [])
    .action(start);
}

async function start(options: StartOptions): Promise<void> {
  const admissions = [
    ...options.worker.map((text) => admission('worker', text)),
    ...options.validator.map((text) => admission('validator', text)),
  ];
  const shape = shapeOf(options);
  const key = readKey(options.key);
  await onTracedLedger('daybook run start', options, async ({ channel, artifacts, log }) => {
    const client = new CommandClient({ channel, clock: systemClock, key, log });
    const operator = new Operator(client, artifacts, stopSignal());
    await operator.adoptPolicy(demoPolicy('protocol', shape.windows));
    for (const one of admissions) await operator.admit(one);
    const plan = demoPlan(shape);
    await beginRun(operator, artifacts, {
      plan,
      recipe: demoRecipe(shape.size),
      say: (line) => process.stdout.write(`${line}\n`),
    });
    await warnOfStaffing(options, plan);
  });
}

/** Who is admitted may still be on the way; that there are too few of them will not change by itself. */
async function warnOfStaffing(at: LedgerOptions, { run, minWorkers, minValidators }: RunPlan) {
  const { members } = await booksHere(at);
  for (const [role, needed] of [
    ['worker', minWorkers],
    ['validator', minValidators],
  ] as const) {
    const admitted = Object.values(members).filter((one) => one.role === role).length;
    if (admitted > needed) continue;
    const why =
      admitted < needed
        ? `it will not begin before ${needed - admitted} more come`
        : 'when one is quarantined or gone, it waits for another';
    process.stderr.write(
      `daybook: run ${run} needs ${needed} ${role}s and ${admitted} are admitted: ${why}\n`,
    );
  }
}

function admission(role: Admission['role'], text: string): Admission {
  const [name = '', participant] = text.split('=');
  if (name === '' || !actorId.is(participant))
    throw new Exit(EXIT.usage, `--${role}: "${text}" is not name=key`);
  return { role, name, participant };
}

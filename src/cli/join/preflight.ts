/** What has to hold before somebody takes part: of the machine, of the ledger, of both together. */
import { environmentProblem } from '../../commands/guards/environment.ts';
import { classProblem } from '../../commands/guards/participants.ts';
import { REFUSALS } from '../../commands/refusal.ts';
import { parameterCount } from '../../compute/model/parameters.ts';
import type { Books, Member, RunBook } from '../../projections/books.ts';
import { leastStake } from '../../projections/stakes.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import { runBenchmark, speedOf } from '../../roles/benchmark.ts';
import type { ComputeLane } from '../../roles/compute-lane.ts';
import { unfit } from '../../roles/matchmaking.ts';
import type { DoctorFinding } from '../doctor/finding.ts';
import { fail, messageOf, ok, warn } from '../doctor/finding.ts';
import { exactKernels } from '../doctor/kernels.ts';
import { ledgerFindings } from '../doctor/ledger.ts';
import { clock, disk, freeBytes, memory, runtime } from '../doctor/machine.ts';
import type { LedgerOptions } from '../ledger/ledger-options.ts';
import { grouped } from '../terminal/output.ts';
import { money } from '../../roles/explain/money.ts';
import { SOFTWARE } from '../terminal/software.ts';

const BYTES_PER_PARAMETER = 4;
/** Of a window: the checkpoint, its momentum, the delta, and what is being transferred. */
const STATES_KEPT = 4;
const HOUR_MS = 3_600_000;
const MEBIBYTE = 2 ** 20;
const SEEKING: readonly RunBook['state'][] = ['planned', 'initializing', 'active', 'recovering'];

/** @param folder where the node keeps what it has to keep */
export async function* machineFindings(
  folder: string,
  lane: ComputeLane,
): AsyncIterable<DoctorFinding> {
  yield runtime();
  yield memory();
  yield disk(folder);
  yield await clock();
  yield await exactKernels();
  yield await benchmark(lane);
}

async function benchmark(lane: ComputeLane): Promise<DoctorFinding> {
  try {
    const done = await runBenchmark(lane, systemClock);
    const speed = grouped(speedOf(done));
    return ok('benchmark', `${speed} tokens/s on a small model, ${lane.info.description}`);
  } catch (error) {
    return fail('benchmark', messageOf(error), 'choose other kernels: --backend exact');
  }
}

/** A node can wait for many things, not for an authority that never answers. */
export async function* reachFindings(options: LedgerOptions): AsyncIterable<DoctorFinding> {
  for await (const finding of ledgerFindings(options))
    yield finding.check === 'authority' || finding.check === 'ledger clock'
      ? { ...finding, status: finding.status === 'warn' ? 'fail' : finding.status }
      : finding;
}

export function* termsFindings(
  books: Books,
  role: Member['role'],
  { info }: Pick<ComputeLane, 'info'>,
  folder: string,
): Iterable<DoctorFinding> {
  if (books.policy === null) {
    yield fail('terms', 'no policy is adopted yet', 'wait until the operator has adopted one');
    return;
  }
  yield terms(books, role);
  yield environment(books, role, info);
  yield* work(books, role, info, folder);
}

function terms({ policy }: Books, role: Member['role']): DoctorFinding {
  const registry = policy?.registry;
  if (registry === undefined) return ok('terms', 'no registry: the operator admits each node');
  const free = `free ${registry.unbondMs / HOUR_MS} h after it is asked back`;
  const stake = `a ${role} stakes ${money(leastStake(policy, role))}, ${free}`;
  return ok('terms', `${registry.posture}; ${stake}`);
}

function environment(
  books: Books,
  role: Member['role'],
  { computeClass }: ComputeLane['info'],
): DoctorFinding {
  const problem =
    classProblem(role, computeClass) ??
    environmentProblem(books, { software: SOFTWARE, computeClass });
  return problem === null
    ? ok('environment', `${SOFTWARE}, ${computeClass} class: admitted`)
    : fail('environment', `${problem.code}: ${problem.message}`, REFUSALS[problem.code].advice);
}

function* work(
  books: Books,
  role: Member['role'],
  info: ComputeLane['info'],
  folder: string,
): Iterable<DoctorFinding> {
  const runs = Object.values(books.runs).filter(({ state }) => SEEKING.includes(state));
  if (runs.length === 0)
    yield warn('work', 'no run is on', 'the node will wait until the operator starts one');
  for (const { plan, state, windowsReconciled } of runs) {
    const { run, windows } = plan;
    const problem = role === 'worker' ? unfit(books, run, info) : null;
    const detail = `${run} is ${state}, ${windowsReconciled} of ${windows} windows done`;
    if (problem === null) yield ok('work', detail);
    else yield warn('work', `${detail}: ${problem}`, 'use --backend exact to work for it');
    yield room(plan, folder);
  }
}

function room({ run, model }: RunBook['plan'], folder: string): DoctorFinding {
  const bytes = parameterCount(model) * BYTES_PER_PARAMETER * STATES_KEPT;
  const free = freeBytes(folder);
  const detail = `${run}: ${(bytes / MEBIBYTE).toFixed(1)} MiB for the artifacts of a window`;
  return free >= bytes
    ? ok('room', detail)
    : fail('room', `${detail}, ${(free / MEBIBYTE).toFixed(1)} MiB free`, 'make room in --dir');
}

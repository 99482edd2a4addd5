/**
 * What must be at stake so that fraud does not pay. A cheat whose work is looked at with probability p
 * gains g with 1 - p and loses s with p: it does not pay where s >= g (1 - p) / p (Becker, Crime and
 * Punishment, 1968). The gain is a contribution's equal share of what a period pays for work, and s
 * the part of the stake that a slashing takes.
 */
import type { Policy } from '../projections/books.ts';

export interface Shape {
  readonly windows: number;
  readonly slots: number;
}

/** Micro-units, rounded up; null: no stake is enough, for nothing is looked at or nothing is slashed. */
export function deterrentStake(
  { validation, rewards, ladder }: Policy,
  { windows, slots }: Shape,
): bigint | null {
  const auditBps = BigInt(validation.auditRateBps);
  const gain = BigInt(rewards.pool) * BigInt(rewards.workShareBps) * (10_000n - auditBps);
  if (gain === 0n) return 0n;
  const contributions = BigInt(Math.min(rewards.periodWindows, windows) * slots);
  const loss = BigInt(ladder?.slashBps ?? 0) * auditBps * contributions;
  return loss === 0n ? null : (gain + loss - 1n) / loss;
}

/** Whether a worker that is slashed at its first fraud has enough to lose; others have no such ladder. */
export function deters(policy: Policy, shape: Shape): boolean {
  if (policy.ladder?.first.work !== 'slashed') return true;
  const least = deterrentStake(policy, shape);
  const stakes = [policy.rewards.stake, policy.registry?.workerStake ?? '0'].map(BigInt);
  return least !== null && stakes.some((stake) => stake >= least);
}

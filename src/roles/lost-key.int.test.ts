/**
 * A worker that came by itself loses its key in the middle of a window: its process is gone and so is
 * the seed. The recovery key puts another in its place, a new process takes up the work under the same
 * identity, and the money comes to it.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import { expect, it } from 'vitest';
import { MemoryWorld } from '../adapters/memory/world.ts';
import { openLedger } from '../adapters/open.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { systemEntropy } from '../adapters/system-entropy.ts';
import { seedNetworkPolicy } from '../commands/network-policy.ts';
import { Fault } from '../commands/ports/fault.ts';
import { decodeEntry } from '../events/entry.ts';
import type { LedgerId } from '../events/ids.ts';
import { consentOf } from '../events/key-consent.ts';
import type { SigningKey } from '../events/nkey.ts';
import { splitRecording } from '../events/recording.ts';
import { currentAssignments, must, openWindow } from '../projections/books.ts';
import { balanceOf } from '../projections/balances.ts';
import { digestNamed, keyNamed, NONCE } from '../testing/desk.ts';
import type { BesidesTools } from '../testing/whole-run.ts';
import { playWholeRun, tinyPlan } from '../testing/whole-run.ts';
import { audit } from './audit/audit.ts';
import { CommandClient } from './command-client.ts';
import { Follower } from './follower.ts';
import { runNode } from './node.ts';
import { WorkerDuties } from './worker.ts';

const ledger = 'lost-key' as LedgerId;
const first = keyNamed('first');
const second = keyNamed('second');
const recovery = keyNamed('kept in a safe');
const STAKE = seedNetworkPolicy.registry.workerStake;

/** A process of the worker; `cut` ends it without a word. */
async function workAs(
  key: SigningKey,
  { handles, lane, signal }: BesidesTools,
  cut: AbortSignal,
): Promise<void> {
  const parts = await handles('worker-3');
  const channel: typeof parts.channel = {
    ...parts.channel,
    serve: parts.channel.serve.bind(parts.channel),
    publishStep: parts.channel.publishStep.bind(parts.channel),
    steps: parts.channel.steps.bind(parts.channel),
    close: parts.channel.close.bind(parts.channel),
    request: (kind, payload, options) =>
      cut.aborted
        ? Promise.reject(new Fault('channel_unavailable', 'cut off', { retryable: true }))
        : parts.channel.request(kind, payload, options),
  };
  const consent = consentOf(recovery, { ledger, nonce: NONCE }, first.actor, 'recovery');
  const registration = {
    role: 'worker' as const,
    name: 'worker-3',
    recovery: { key: recovery.actor, consent },
    build: digestNamed('build'),
    invitation: null,
    machine: { threads: 1, memoryBytes: 1 << 30 },
  };
  const system = { clock: systemClock, entropy: systemEntropy, software: 'test', say: () => {} };
  const own = { ...parts, channel, lane, key, registration };
  const stopped = AbortSignal.any([signal, cut]);
  await runNode({ ...own, ...system }, new WorkerDuties(), stopped).catch((error: unknown) => {
    if (!stopped.aborted) throw error;
  });
}

async function loseAndRecover(tools: BesidesTools): Promise<void> {
  const { handles, operator, signal } = tools;
  const { log, channel } = await handles('watcher');
  const follower = new Follower(log);
  const following = follower.run(signal);
  const cut = new AbortController();
  const working = workAs(first, tools, cut.signal);
  await follower.until((books) => books.members[first.actor] !== undefined, signal);
  const participant = first.actor;
  const deposit = { participant, amount: STAKE, reference: 'tx-1', depositor: 'owner' };
  await operator.must('deposit', { type: 'daybook.stake.deposited.v1', data: deposit }, signal);

  const holds = (state: string) => (books: typeof follower.books) =>
    currentAssignments(openWindow(books, 'tiny') ?? ({ slots: [] } as never)).some(
      (held) => held.participant === participant && held.state === state,
    );
  await follower.until(holds('claimed'), signal);
  cut.abort(new Error('the machine is gone'));

  const client = new CommandClient({ channel, clock: systemClock, key: recovery, log });
  const consent = consentOf(second, follower.books.ledger, participant, 'key');
  const rotation = { participant, key: second.actor, consent, recovery: null };
  await client.must('rotate', { type: 'daybook.identity.rotated.v1', data: rotation }, signal);
  await Promise.all([working, workAs(second, tools, new AbortController().signal)]);
  await following;
}

it('is replaced by the recovery key, and its identity goes on and is paid', async () => {
  const world = new MemoryWorld(systemClock);
  const recorded = await playWholeRun({
    ledger,
    open: () => openLedger('memory:', ledger, { memory: world }),
    policy: { registry: seedNetworkPolicy.registry },
    // As many slots as workers: each of them has work in each window.
    plan: { ...tinyPlan, slots: 3, minWorkers: 3 },
    workers: { 'worker-1': new WorkerDuties(), 'worker-2': new WorkerDuties() },
    besides: (tools) =>
      loseAndRecover(tools).catch((error: unknown) => {
        if (!tools.signal.aborted) throw error;
      }),
  });
  const report = await audit({
    ...recorded,
    weights: null,
    nowMs: systemClock.nowMs,
    onCheck: () => {},
    onProgress: () => {},
  });
  expect(report.checks.filter(({ status }) => status === 'failed')).toEqual([]);
  const books = must(report.books, 'books');
  const member = must(books.members[first.actor], 'member');
  expect(books.members[second.actor]).toBeUndefined();
  expect([member.session, member.accepted, member.rejected]).toEqual([2, 3, 0]);
  expect(balanceOf(books, 'micro', `participant/${first.actor}`)).toBeGreaterThan(0n);

  const signed = [...splitRecording(recorded.ndjson)].flatMap((line) => {
    const entry = decodeEntry(line);
    if (isLeft(entry)) throw new Error(entry.left.message);
    const { type, actor } = entry.right;
    return type === 'daybook.submission.committed.v1' && actor !== null ? [actor] : [];
  });
  expect(signed.filter((actor) => actor === first.actor)).toEqual([]);
  expect(signed.filter((actor) => actor === second.actor)).toHaveLength(3);
});

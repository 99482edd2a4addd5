/** Appeals with real kernels on the memory log: panels recompute, whoever is right is made whole. */
import { expect, it } from 'vitest';
import { MemoryWorld } from '../../adapters/memory/world.ts';
import { openLedger } from '../../adapters/open.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import { seedNetworkPolicy } from '../../commands/network-policy.ts';
import { seedPolicy } from '../../commands/seed-policy.ts';
import type { LedgerId } from '../../events/ids.ts';
import type { Books } from '../../projections/books.ts';
import { must } from '../../projections/books.ts';
import type { OffenceRecord } from '../../projections/offence-book.ts';
import { balanceOf } from '../../projections/balances.ts';
import { keyNamed } from '../../testing/desk.ts';
import { Liar } from '../../testing/liar.ts';
import type { Lie } from '../../testing/liar.ts';
import { playWholeRun, tinyPlan } from '../../testing/whole-run.ts';
import type { WholeRun } from '../../testing/whole-run.ts';
import { Rebuild } from '../rebuild.ts';
import { splitRecording } from '../../events/recording.ts';
import type { Duties } from '../node.ts';
import { ValidatorDuties } from '../validator.ts';
import { WorkerDuties } from '../worker.ts';

const ledger = 'appeals' as LedgerId;
const plan = { ...tinyPlan, windows: 1 };
const ladder = { ...seedNetworkPolicy.ladder, panelSize: 3, quorum: 2 };
const NAMES = ['validator-1', 'validator-2', 'validator-3', 'validator-4', 'validator-5'];
const STAKE = BigInt(seedPolicy.rewards.stake);

const offencesOf = (books: Books, name: string): readonly OffenceRecord[] =>
  books.offences?.[keyNamed(name).actor] ?? [];
const escrowOf = (books: Books, name: string): bigint =>
  balanceOf(books, 'micro', `escrow/${keyNamed(name).actor}`);

async function played(options: Partial<WholeRun>): Promise<Books> {
  const world = new MemoryWorld(systemClock);
  const { ndjson } = await playWholeRun({
    ledger,
    open: () => openLedger('memory:', ledger, { memory: world }),
    plan,
    policy: { ladder },
    workers: { 'worker-1': new WorkerDuties(), 'worker-2': new WorkerDuties() },
    validators: Object.fromEntries(NAMES.map((name) => [name, new ValidatorDuties()])),
    ...options,
  });
  const rebuilt = new Rebuild();
  for (const line of splitRecording(ndjson)) rebuilt.add(line);
  return rebuilt.books;
}

/** Says of an honest delta that it was altered, and has another in its place. */
const slander: Lie = (fact, books) => {
  if (fact.type !== 'daybook.verdict.recorded.v1') return fact;
  const { checkpoint: recomputed } = must(books.runs[plan.run]?.revisions[0], 'revision');
  const reasons = ['digest_mismatch', 'altered_after_training'];
  return { ...fact, data: { ...fact.data, disposition: 'rejected', reasons, recomputed } };
};

it('a worker that was slandered appeals by itself, and those who recompute overturn it', async () => {
  const liars: Record<string, Duties> = Object.fromEntries(
    NAMES.map((name) => [name, new Liar(new ValidatorDuties(), slander)]),
  );
  const books = await played({
    validators: liars,
    until: (now) =>
      ['worker-1', 'worker-2'].every((name) =>
        offencesOf(now, name).some(({ state }) => state === 'overturned'),
      ),
  });
  for (const name of ['worker-1', 'worker-2']) {
    expect(offencesOf(books, name)).toMatchObject([
      { kind: 'altered_delta', rung: 'slashed', state: 'overturned' },
    ]);
    expect(escrowOf(books, name)).toBe(STAKE);
    expect(books.members[keyNamed(name).actor]?.quarantine).toEqual({});
  }
});

/** Its own recomputation is honest: it knows better than to appeal. */
const altered = (delta: Uint8Array): Uint8Array => {
  const copy = Uint8Array.from(delta);
  new DataView(copy.buffer, copy.byteLength - 4).setFloat32(0, 1, true);
  return copy;
};

it('a worker that altered its delta does not appeal; one that insists is heard and loses', async () => {
  const insists: Duties = {
    perform: async (step, node, signal) => {
      const duties = new WorkerDuties(altered);
      if (step.kind !== 'appeal') return cheat.perform(step, node, signal);
      await duties.perform(step, node, signal);
      const session = node.session.number;
      const data = { offence: step.about, session, statement: 'I insist' };
      await node.client.send('insist', { type: 'daybook.appeal.filed.v1', data }, signal);
    },
  };
  const cheat = new WorkerDuties(altered);
  const books = await played({
    workers: { 'worker-1': new WorkerDuties(), 'worker-2': insists },
    until: (now) => offencesOf(now, 'worker-2').some(({ paid }) => paid === true),
  });
  expect(offencesOf(books, 'worker-1')).toEqual([]);
  expect(offencesOf(books, 'worker-2')).toMatchObject([{ state: 'final', paid: true }]);
  expect(escrowOf(books, 'worker-2')).toBe((STAKE * 3n) / 4n - BigInt(ladder.bond));
  expect(balanceOf(books, 'micro', 'penalties')).toBe(STAKE / 4n + BigInt(ladder.bond));
});

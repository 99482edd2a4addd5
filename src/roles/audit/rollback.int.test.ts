/**
 * A run that its council takes back, with real kernels: later windows train from the restored
 * checkpoint and momentum, and the audit follows the chain of weights through it.
 */
import { expect, it } from 'vitest';
import { MemoryWorld } from '../../adapters/memory/world.ts';
import { openLedger } from '../../adapters/open.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import type { FactOf, FactType } from '../../events/catalogue.ts';
import type { LedgerId } from '../../events/ids.ts';
import type { SigningKey } from '../../events/nkey.ts';
import type { Books } from '../../projections/books.ts';
import { must } from '../../projections/books.ts';
import { epochAt } from '../../projections/network-book.ts';
import { LEAD_EPOCHS, TERMS } from '../../testing/assembly.ts';
import { keyNamed } from '../../testing/desk.ts';
import type { Hands } from '../../testing/whole-run.ts';
import { playWholeRun, tinyPlan } from '../../testing/whole-run.ts';
import { ThreadLane } from '../thread-lane.ts';
import { audit } from './audit.ts';
import { WeightsAudit } from './weights.ts';

const ledger = 'rollback' as LedgerId;
const run = tinyPlan.run;
const operator = keyNamed('operator');
const councillor = keyNamed('councillor');
/** Seconds, here: for what is to come within some of them on a machine that is busy. */
const SLACK_EPOCHS = 5;
const governance = { ...TERMS, votingEpochs: TERMS.votingEpochs + SLACK_EPOCHS };

/** Once there are two revisions: pause, go back to the first, and on. */
async function takeBack({ as, follower, signal }: Hands): Promise<void> {
  const tell = <T extends FactType>(name: string, key: SigningKey, fact: FactOf<T>) =>
    as(key).must(name, fact, signal);
  await tell('found', operator, {
    type: 'daybook.network.founded.v1',
    data: {
      network: 'whale',
      title: 'Whale net',
      epochMs: 1000,
      council: [{ member: councillor.actor, weight: 1 }],
      roles: ['miner', 'validator'],
    },
  });
  await follower.until((books) => (books.runs[run]?.revisions.length ?? 0) > 2, signal);
  await tell('pause', operator, {
    type: 'daybook.run.paused.v1',
    data: { run, reason: 'it goes the wrong way' },
  });
  const network = must(follower.books.network, 'network');
  await tell('propose', councillor, {
    type: 'daybook.proposal.submitted.v1',
    data: {
      proposal: 'back',
      title: 'Back to the first revision',
      base: 1,
      policy: null,
      council: null,
      rollback: { run, toRevision: 1 },
      activationEpoch: epochAt(network, Date.now()) + LEAD_EPOCHS + 2 * SLACK_EPOCHS,
    },
  });
  await tell('vote', councillor, {
    type: 'daybook.proposal.voted.v1',
    data: { proposal: 'back', vote: 'yes' },
  });
  await follower.until((books) => books.network?.revision === 2, signal);
  await tell('resume', operator, { type: 'daybook.run.resumed.v1', data: { run } });
}

it('a run taken back goes on from there, and its weights are audited to the end', async () => {
  const memory = new MemoryWorld(systemClock);
  const open = () => openLedger('memory:', ledger, { memory });
  const recorded = await playWholeRun({
    ledger,
    open,
    plan: { ...tinyPlan, windows: 6 },
    // Whatever a window brings is promoted: the chain is long enough to go back on.
    policy: { governance, promotion: { acceptGainBps: -9999, rejectGainBps: -10_000 } },
    steer: takeBack,
  });
  const books = JSON.parse(recorded.books) as Books;
  const { revisions } = must(books.runs[run], 'run');
  const at = revisions.findIndex(({ restores }) => restores === 1);
  const restored = must(revisions[at], 'restored revision');
  expect(restored).toMatchObject({
    checkpoint: revisions[1]?.checkpoint,
    momentum: revisions[1]?.momentum,
    window: null,
  });
  const next = Object.values(books.windows).find(({ revision }) => revision === at);
  expect(next?.checkpoint).toBe(restored.checkpoint.digest);
  // The same start, but other pages and the momentum of then: nothing repeats.
  const digests = revisions.map(({ checkpoint }) => checkpoint.digest);
  expect(new Set(digests).size).toBe(digests.length - 1);

  const lane = await ThreadLane.open('exact', 1);
  const { artifacts } = await open();
  const report = await audit({
    ...recorded,
    weights: new WeightsAudit(artifacts, [lane]),
    nowMs: systemClock.nowMs,
    onCheck: () => {},
    onProgress: () => {},
  });
  await lane.close();
  expect(report.checks.filter(({ status }) => status === 'failed')).toEqual([]);
});

/**
 * The verbs of a network as processes, on an embedded ledger with an authority behind it: founded by
 * the operator, changed by its council, seen by anybody.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OpenLedger } from '../../adapters/open.ts';
import { openLedger } from '../../adapters/open.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import { openingOf } from '../../commands/opening.ts';
import { adoptionOf } from '../../commands/policy-adoption.ts';
import { seedPolicy } from '../../commands/seed-policy.ts';
import type { LedgerId } from '../../events/ids.ts';
import { runAuthority } from '../../roles/authority.ts';
import { CommandClient } from '../../roles/command-client.ts';
import { Follower } from '../../roles/follower.ts';
import { TERMS } from '../../testing/assembly.ts';
import { verbHere } from '../../testing/verb-here.ts';
import { keyNamed } from '../../testing/desk.ts';
import type { NetworkStatus } from '../reading/network-status.ts';

const ledger = 'whale' as LedgerId;
const folder = mkdtempSync(join(tmpdir(), 'daybook-network-'));
const live = ['--log', `file:${folder}`, '--ledger', ledger];
const keyOf = (name: string): string[] => ['--key', join(folder, `${name}.nk`)];
const [ann, ben] = [keyNamed('ann'), keyNamed('ben')];
/** Seconds, here: verbs take their time on a machine that is busy. */
const governance = { ...TERMS, votingEpochs: 20 };
const SLACK_EPOCHS = 10;
const stop = new AbortController();
const opened: OpenLedger[] = [];
let serving: Promise<void> = Promise.resolve();

const handles = async (): Promise<OpenLedger> => {
  const parts = await openLedger(`file:${folder}`, ledger);
  opened.push(parts);
  return parts;
};

const network = (...args: string[]) => verbHere('network', ...args, ...live);

async function status(): Promise<NetworkStatus> {
  const { out } = await network('status', '-o', 'json');
  return JSON.parse(out) as NetworkStatus;
}

beforeAll(async () => {
  const authority = keyNamed('authority');
  const operator = keyNamed('operator');
  for (const [name, key] of Object.entries({ operator, ann, ben }))
    writeFileSync(join(folder, `${name}.nk`), `${key.seed()}\n`, { mode: 0o600 });
  serving = runAuthority({ ...(await handles()), clock: systemClock, key: authority }, stop.signal);
  const { channel, log } = await handles();
  const as = (key: typeof operator) => new CommandClient({ channel, clock: systemClock, key, log });
  const opening = openingOf(ledger, authority.actor, operator.actor, '0a'.repeat(32));
  await as(authority).must('open', opening, stop.signal);
  await as(operator).must('policy', adoptionOf({ ...seedPolicy, governance }), stop.signal);
});

afterAll(async () => {
  stop.abort(new Error('over'));
  await serving.catch(() => {});
  await Promise.all(opened.map((one) => one.close()));
  rmSync(folder, { recursive: true, force: true });
});

it('is founded, proposed to, voted on and changed', async () => {
  expect(await network('status')).toMatchObject({ code: 1, out: '' });

  const members = [ann, ben].flatMap(({ actor }, at) => ['--member', `${actor}=${2 - at}`]);
  const founding = ['found', 'whale-net', '--title', 'Whale net', '--epoch', '1', ...members];
  expect(await network(...founding, ...keyOf('ann'))).toMatchObject({ code: 4 });
  expect(await network(...founding, ...keyOf('operator'))).toMatchObject({ code: 0, err: '' });
  const founded = await status();
  expect(founded).toMatchObject({ network: 'whale-net', governanceRevision: 1, weight: 3 });

  const path = join(folder, 'policy.json');
  const policy = founded.policy as object;
  writeFileSync(
    path,
    JSON.stringify({ ...policy, revision: 2, vesting: { periods: 2, turnMs: 60_000 } }),
  );
  const proposing = ['propose', 'vest', '--policy', path];
  expect(await network(...proposing, '--dry-run', ...keyOf('ben'))).toMatchObject({ code: 0 });
  expect((await network(...proposing, ...keyOf('operator'))).err).toContain('not_on_council');
  expect(await network('propose', 'empty', ...keyOf('ben'))).toMatchObject({ code: 2 });
  expect(await network('vote', 'vest', 'maybe', ...keyOf('ben'))).toMatchObject({ code: 2 });
  const genesisMs = Date.parse(founded.founded.time);
  const soon = Math.ceil((Date.now() - genesisMs) / 1000) + governance.votingEpochs + SLACK_EPOCHS;
  const proposed = await network(...proposing, '--epoch', String(soon), ...keyOf('ben'));
  expect(proposed).toMatchObject({ code: 0 });
  const terms = [
    { term: 'vesting.periods', now: null, proposed: '2' },
    { term: 'vesting.turnMs', now: null, proposed: '60000' },
  ];
  expect((await status()).proposals).toMatchObject([{ proposal: 'vest', open: { terms } }]);
  expect((await network('status')).out).toMatch(/vesting\.turnMs +- +60000/);
  expect(await network('vote', 'vest', 'yes', ...keyOf('ann'))).toMatchObject({ code: 0 });

  const follower = new Follower((await handles()).log);
  const watching = follower.run(stop.signal).catch(() => {});
  await follower.until((books) => books.network?.closed['vest'] !== undefined, stop.signal);
  const after = await status();
  expect(after).toMatchObject({ policyRevision: 2 });
  expect(after.proposals.map(({ proposal, state }) => [proposal, state])).toEqual([
    ['vest', 'activated'],
  ]);
  expect(after.surfaces.collective).toContain('vesting');
  const { out } = await network('status');
  expect(out).toContain('revision 2');
  expect(out).toContain('activated');
  stop.abort(new Error('over'));
  await watching;
});

/**
 * `daybook join` as a new operator has it: a dry run that says what is missing, the money paid in, and
 * the first window; and what it says where he cannot take part.
 */
import { chmodSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OpenLedger } from '../../adapters/open.ts';
import { openLedger } from '../../adapters/open.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import { seedNetworkPolicy } from '../../commands/network-policy.ts';
import { seedPolicy } from '../../commands/seed-policy.ts';
import type { LedgerId } from '../../events/ids.ts';
import type { Policy } from '../../projections/books.ts';
import { CommandClient } from '../../roles/command-client.ts';
import { Follower } from '../../roles/follower.ts';
import { buildDataset, Operator } from '../../roles/operator.ts';
import type { Daybook } from '../../testing/daybook-process.ts';
import { daybook, startDaybook } from '../../testing/daybook-process.ts';
import { someText, tinyModel, tinyPlan } from '../../testing/whole-run.ts';
import { readKey, writeNewKey } from '../ledger/ledger-options.ts';

const folder = mkdtempSync(join(tmpdir(), 'daybook-join-'));
const url = `file:${join(folder, 'run.daybook')}`;
const at = ['--log', url, '--ledger', 'open'];
const inFolder = (name: string): string => join(folder, name);
const stop = new AbortController();
const processes: Daybook[] = [];
let parts: OpenLedger;
let operator: Operator;
let follower: Follower;

const policy: Policy = {
  ...seedPolicy,
  validation: { ...seedPolicy.validation, panelSize: 1, quorum: 1 },
  registry: seedNetworkPolicy.registry,
};
const joining = (name: string, ...more: string[]): string[] => [
  'join',
  ...at,
  '--role',
  'worker',
  '--name',
  name,
  '--dir',
  inFolder(name),
  ...more,
];

beforeAll(async () => {
  for (const name of ['authority', 'operator', 'judge']) writeNewKey(inFolder(`${name}.nk`));
  const { actor } = readKey(inFolder('operator.nk'));
  const authority = ['authority', ...at, '--key', inFolder('authority.nk'), '--operator', actor];
  processes.push(startDaybook(...authority));
  parts = await openLedger(url, 'open' as LedgerId, { create: true });
  const { log, channel, artifacts } = parts;
  follower = new Follower(log);
  void follower.run(stop.signal).catch(() => undefined);
  await follower.until((books) => books.ledger.authority !== null, stop.signal);
  const key = readKey(inFolder('operator.nk'));
  const client = new CommandClient({ channel, clock: systemClock, key, log });
  operator = new Operator(client, artifacts, stop.signal);
});

afterAll(async () => {
  stop.abort();
  for (const one of processes) one.kill('SIGTERM');
  await Promise.all(processes.map(({ ended }) => ended));
  await parts.close();
  rmSync(folder, { recursive: true, force: true });
});

it('says that the operator admits where nobody comes by himself, and with what command', async () => {
  await operator.adoptPolicy({
    ...policy,
    registry: { ...seedNetworkPolicy.registry, posture: 'curated' },
  });
  const { code, out, err } = await daybook(...joining('one', '--yes', '-o', 'json'));
  const { participant, ready, problems, findings } = JSON.parse(out);
  expect({ code, ready, problems }).toEqual({
    code: 1,
    ready: false,
    problems: ['admission_needed'],
  });
  expect(err).toContain('not ready, nothing was sent: admission_needed');
  const { advice } = findings.at(-1);
  expect(advice).toBe(
    `the operator runs: daybook identity admit ${participant} --role worker --name one --key operator.nk ${at.join(' ')}`,
  );
  expect(follower.books.members).toEqual({});

  const { actor } = writeNewKey(inFolder('two/node.nk'));
  await operator.admit({ participant: actor, role: 'worker', name: 'two' });
  const admitted = await daybook(...joining('two', '--dry-run', '-o', 'json'));
  expect([admitted.code, JSON.parse(admitted.out).ready]).toEqual([0, true]);
});

it('refuses a ledger that is not there, and a key that others can use', async () => {
  const elsewhere = joining('one').map((text) => (text === 'open' ? 'closed' : text));
  const lost = await daybook(...elsewhere, '--dry-run', '-o', 'json');
  expect([lost.code, JSON.parse(lost.out).problems]).toEqual([1, ['other_ledger']]);
  const file = inFolder('one/node.nk');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  chmodSync(file, 0o644);
  const open = await daybook(...joining('one', '--dry-run'));
  chmodSync(file, 0o600);
  expect([open.code, open.err]).toEqual([1, expect.stringContaining('key_file_open: ')]);
});

it('comes from a dry run and a deposit to its first credit', async () => {
  await operator.adoptPolicy({ ...policy, revision: 2 });
  const { artifacts } = parts;
  const judge = readKey(inFolder('judge.nk')).actor;
  const admitting = ['--role', 'validator', '--name', 'judge', '--key', inFolder('operator.nk')];
  const admitted = await daybook('identity', 'admit', judge, ...admitting, ...at);
  expect(admitted).toMatchObject({ code: 0, err: '' });
  processes.push(startDaybook('validator', ...at, '--key', inFolder('judge.nk')));
  await operator.registerDataset(
    await buildDataset(
      {
        dataset: 'text',
        title: 'A few pages',
        documents: someText(2),
        vocabSize: tinyModel.vocabSize,
        pageTokens: tinyModel.contextLength,
        heldOutPages: 4,
      },
      artifacts,
    ),
  );
  await operator.startRun({ ...tinyPlan, slots: 1, minWorkers: 1, minValidators: 1 });

  const poor = await daybook(...joining('one', '--dry-run', '-o', 'json'));
  const told = JSON.parse(poor.out);
  expect([poor.code, told.problems]).toEqual([1, ['stake_missing']]);
  const command = /daybook (identity deposit .*) --reference/.exec(told.findings.at(-1).advice);
  const paying = ['--reference', 't', '--depositor', 'bank', '--key', inFolder('operator.nk')];
  const deposit = [...(command?.[1] ?? '').split(' '), ...paying, ...at];
  expect(await daybook(...deposit)).toMatchObject({ code: 0, err: '' });

  const rich = await daybook(...joining('one', '--dry-run'));
  expect(rich).toMatchObject({ code: 0, err: '' });
  expect(rich.out).toContain('ready; nothing was sent');
  const before = follower.books.members[told.participant];
  expect(before).toBeUndefined();
  const seed = readKey(inFolder('one/node.nk')).seed();
  expect(rich.out).not.toContain(seed);

  const asked = await daybook(...joining('one'));
  expect([asked.code, asked.err]).toEqual([2, expect.stringContaining('add --yes')]);

  const watched = ['--metrics', '127.0.0.1:0', '--log-format', 'json'];
  const first = await daybook(...joining('one', '--yes', '--until-first', ...watched));
  expect(first.code, first.err).toBe(0);
  const journal = first.err.trimEnd().split('\n');
  const events = journal.map((line) => JSON.parse(line).event);
  expect(events).toEqual(expect.arrayContaining(['telemetry.serving', 'node.joined']));
  const milestones = ['registered', 'joined', 'staked', 'offered', 'offer taken'];
  const worked = ['assigned', 'committed', 'accepted', 'credited'];
  const places = [...milestones, ...worked].map((one) => first.out.indexOf(` ${one} `));
  expect(places.every((place) => place > 0)).toBe(true);
  expect(places.slice(-4)).toEqual(places.slice(-4).toSorted((a, b) => a - b));
  // Read here in its own time. Until it is gone there may be more than the first.
  const credited = await follower.until(
    ({ members }) => (members[told.participant]?.accepted ?? 0) > 0,
    stop.signal,
  );
  expect(credited.members[told.participant]?.rejected).toBe(0);

  const wrong = joining('one').map((text) => (text === 'worker' ? 'validator' : text));
  expect(JSON.parse((await daybook(...wrong, '-o', 'json')).out).problems).toEqual([
    'not_authorised',
  ]);

  // The recovery key is needed once.
  rmSync(inFolder('one/recovery.nk'));
  const again = await daybook(...joining('one', '--dry-run'));
  expect(again.out).toContain('registered already');
  expect(existsSync(inFolder('one/recovery.nk'))).toBe(false);
});

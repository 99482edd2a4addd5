/**
 * The operator's levers as processes, on an embedded ledger with an authority behind it: what is
 * recorded, what is refused, who is not let, and what is said when nobody answers.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OpenLedger } from '../../adapters/open.ts';
import { openLedger } from '../../adapters/open.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import { seedPolicy } from '../../commands/seed-policy.ts';
import { openingOf } from '../../commands/opening.ts';
import type { LedgerId } from '../../events/ids.ts';
import type { SigningKey } from '../../events/nkey.ts';
import { runAuthority } from '../../roles/authority.ts';
import { CommandClient } from '../../roles/command-client.ts';
import { Follower } from '../../roles/follower.ts';
import { verbHere } from '../../testing/verb-here.ts';
import { Desk, keyNamed, testPlan } from '../../testing/desk.ts';
import { EXIT } from '../terminal/exit.ts';

const ledger = 'levers' as LedgerId;
const folder = mkdtempSync(join(tmpdir(), 'daybook-run-'));
const live = ['--log', `file:${folder}`, '--ledger', ledger];
const main = fileURLToPath(new URL('../main.ts', import.meta.url));
const keyFile = (name: string): string => join(folder, `${name}.nk`);
const stop = new AbortController();
const opened: OpenLedger[] = [];
let serving: Promise<void> = Promise.resolve();

const handles = async (): Promise<OpenLedger> => {
  const parts = await openLedger(`file:${folder}`, ledger);
  opened.push(parts);
  return parts;
};

/** What the desk of the unit tests does, told to a real authority. */
beforeAll(async () => {
  const authority = keyNamed('authority');
  const operator = keyNamed('operator');
  for (const [name, key] of Object.entries({ operator, stranger: keyNamed('stranger') }))
    writeFileSync(keyFile(name), `${key.seed()}\n`, { mode: 0o600 });
  serving = runAuthority({ ...(await handles()), clock: systemClock, key: authority }, stop.signal);
  const { channel, log } = await handles();
  const as = (key: SigningKey) => new CommandClient({ channel, clock: systemClock, key, log });
  await as(authority).must(
    'open',
    openingOf(ledger, authority.actor, operator.actor, '0a'.repeat(32)),
    stop.signal,
  );
  // Nobody beats here: let nobody be missed either.
  const liveness = { ...seedPolicy.liveness, staleAfterMs: 300_000, expireAfterMs: 600_000 };
  await as(operator).must(
    'policy',
    { type: 'daybook.policy.adopted.v1', data: { ...seedPolicy, liveness } },
    stop.signal,
  );
  const desk = new Desk().open().plan();
  for (const event of desk.events)
    if (
      event.type === 'daybook.dataset.registered.v1' ||
      event.type === 'daybook.run.planned.v1' ||
      event.type === 'daybook.run.initializing.v1'
    )
      await as(operator).must(
        event.commandid,
        { type: event.type, data: event.data } as never,
        stop.signal,
      );
  await as(operator).must(
    'plan-spare',
    { type: 'daybook.run.planned.v1', data: { ...testPlan, run: 'spare' } },
    stop.signal,
  );
  for (const [role, name] of [
    ['worker', 'w1'],
    ['worker', 'w2'],
    ['validator', 'v1'],
    ['validator', 'v2'],
  ] as const) {
    const key = keyNamed(name);
    const participant = key.actor;
    await as(operator).must(
      `admit-${name}`,
      { type: 'daybook.participant.admitted.v1', data: { participant, role, name } },
      stop.signal,
    );
    await as(key).must(
      `join-${name}`,
      {
        type: 'daybook.participant.joined.v1',
        data: { participant, session: 1, computeClass: 'exact', backend: 'test', software: 'test' },
      },
      stop.signal,
    );
  }
  const follower = new Follower(log);
  const over = new AbortController();
  const following = follower.run(over.signal);
  await follower.until((books) => books.runs['r']?.state === 'active', stop.signal);
  over.abort();
  await following;
});

afterAll(async () => {
  stop.abort(new Error('over'));
  await serving;
  await Promise.all(opened.map((parts) => parts.close()));
  rmSync(folder, { recursive: true, force: true });
});

const state = async (run: string): Promise<string | undefined> => {
  const { out } = await verbHere('run', 'status', ...live, '-o', 'json');
  const { runs } = JSON.parse(out) as { runs: { run: string; state: string }[] };
  return runs.find((one) => one.run === run)?.state;
};
const key = ['--key', keyFile('operator')];

it('pauses, says no to pausing twice, resumes, and repeats an answer', async () => {
  const paused = await verbHere(
    'run',
    'pause',
    'r',
    ...live,
    ...key,
    '--reason',
    'maintenance',
    '-o',
    'json',
  );
  expect(paused.code).toBe(0);
  const reply = JSON.parse(paused.out) as { id: string; sequence: number };
  expect(reply).toMatchObject({ status: 'recorded', repeated: false });
  expect(await state('r')).toBe('paused');

  const twice = await verbHere('run', 'pause', 'r', ...live, ...key);
  expect(twice).toMatchObject({ code: 1, out: '' });
  expect(twice.err).toContain('run_state_forbids');

  const again = await verbHere(
    'run',
    'pause',
    'r',
    ...live,
    ...key,
    '--reason',
    'maintenance',
    '--id',
    reply.id,
  );
  expect(again.out).toContain(`recorded as #${reply.sequence} (it had been recorded before)`);

  const shown = await verbHere('log', 'show', String(reply.sequence), ...live);
  expect(shown.out).toContain('maintenance');
  expect(shown.out).toContain('verifies');

  const resumed = await verbHere('run', 'resume', 'r', ...live, ...key);
  expect(resumed.out).toMatch(/^recorded as #\d+/);
  expect(await state('r')).toBe('active');
});

it('lets nobody but the operator, and says so with exit code 4', async () => {
  const stranger = await verbHere(
    'run',
    'pause',
    'r',
    ...live,
    '--key',
    keyFile('stranger'),
    '-o',
    'json',
  );
  expect(stranger.code).toBe(4);
  expect(JSON.parse(stranger.out)).toMatchObject({ status: 'refused', code: 'not_authorised' });
});

it('gives a run up only when it is told to for sure, and can rehearse it', async () => {
  const unsure = await verbHere('run', 'fail', 'spare', ...live, ...key);
  expect(unsure).toMatchObject({ code: 2, out: '' });
  expect(unsure.err).toContain('--yes');

  const rehearsed = await verbHere('run', 'fail', 'spare', ...live, ...key, '--dry-run');
  expect(rehearsed.out).toContain('nothing was sent');
  expect(await state('spare')).toBe('planned');

  const sure = await verbHere('run', 'fail', 'spare', ...live, ...key, '--yes');
  expect(sure.code).toBe(0);
  expect(await state('spare')).toBe('failed');

  const late = await verbHere('run', 'fail', 'spare', ...live, ...key, '--dry-run');
  expect(late.code).toBe(1);
  expect(late.err).toContain('run_state_forbids');
});

it('refuses names, keys and ids that cannot be', async () => {
  const wrong = await Promise.all([
    verbHere('run', 'pause', 'No Such Name', ...live, ...key),
    verbHere('run', 'pause', 'r', ...live, '--key', join(folder, 'nothing.nk')),
    verbHere('run', 'pause', 'r', ...live, ...key, '--id', 'a b'),
    verbHere('run', 'pause', 'r', ...live),
  ]);
  expect(wrong.map(({ code }) => code)).toEqual([2, 2, 2, 2]);
  const unknown = await verbHere('run', 'pause', 'nowhere', ...live, ...key);
  expect(unknown).toMatchObject({ code: 1 });
  expect(unknown.err).toContain('run_unknown');
});

it('says that nobody answered, and how to learn what became of the command', async () => {
  const silent = mkdtempSync(join(tmpdir(), 'daybook-silent-'));
  try {
    await (await openLedger(`file:${silent}`, ledger)).close();
    const { code, err } = await verbHere(
      'run',
      'pause',
      'r',
      '--log',
      `file:${silent}`,
      '--ledger',
      ledger,
      ...key,
      '--timeout',
      '1',
      '--id',
      'asked-once',
    );
    expect(code).toBe(1);
    expect(err).toContain('--id asked-once tells');
  } finally {
    rmSync(silent, { recursive: true, force: true });
  }
});

describe('any command from its data', () => {
  const admission = (name: string) =>
    JSON.stringify({ participant: keyNamed(name).actor, role: 'worker', name });

  it('is decided like that of a verb of its own', async () => {
    const file = join(folder, 'admission.json');
    writeFileSync(file, `${JSON.stringify(JSON.parse(admission('late')), null, 2)}\n`);
    const sent = await verbHere('send', 'admit-participant', `@${file}`, ...live, ...key, '--json');
    expect(JSON.parse(sent.out)).toMatchObject({ status: 'recorded', repeated: false });
    const type = 'daybook.participant.admitted.v1';
    const again = await verbHere('send', type, admission('late'), ...live, ...key);
    expect(again).toMatchObject({ code: EXIT.failed, out: '' });
    expect(again.err).toContain('refused: participant_already_admitted');
    const stranger = ['--key', keyFile('stranger')];
    const notLet = await verbHere('send', type, admission('later'), ...live, ...stranger);
    expect(notLet).toMatchObject({ code: EXIT.notAuthorised, out: '' });
  });

  it('is read from what comes in', () => {
    const words = ['send', 'admit-participant', '-', '--dry-run', '--json', ...live, ...key];
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...words], {
      input: admission('piped'),
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([EXIT.ok, '']);
    expect(JSON.parse(stdout)).toMatchObject({ status: 'would_be_recorded' });
  });

  it.each([
    ['admit-partcipant', 'did you mean admit-participant?', '{}'],
    ['daybook.window.planned.v1', 'there is no command', '{}'],
    ['pause-run', 'no JSON', '{'],
    ['pause-run', 'daybook schema pause-run', '[]'],
    ['pause-run', 'data.reason', '{"run":"r"}'],
    ['pause-run', 'one member twice', '{"run":"r","run":"s","reason":"x"}'],
    ['pause-run', '262144', `"${'x'.repeat(300_000)}"`],
    ['pause-run', 'cannot read /nowhere/at-all.json', '@/nowhere/at-all.json'],
  ])('%s is refused before it is sent: %s', async (name, said, data) => {
    const { code, out, err } = await verbHere('send', name, data, ...live, ...key);
    expect([code, out]).toEqual([EXIT.usage, '']);
    expect(err).toContain(said);
  });
});

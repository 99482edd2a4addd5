/** What stays up ends cleanly when it is stopped, with the code that says by what. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { openLedger } from '../../adapters/open.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import { LOG_START } from '../../events/ids.ts';
import type { LedgerId } from '../../events/ids.ts';
import { verifierKeyOf } from '../../events/note.ts';
import { seedPolicy } from '../../commands/seed-policy.ts';
import { CommandClient } from '../../roles/command-client.ts';
import { Operator } from '../../roles/operator.ts';
import { Rebuild } from '../../roles/rebuild.ts';
import { startDaybook } from '../../testing/daybook-process.ts';
import type { Daybook } from '../../testing/daybook-process.ts';
import { keyNamed } from '../../testing/desk.ts';
import { EXIT } from '../terminal/exit.ts';

const folder = mkdtempSync(join(tmpdir(), 'daybook-stop-'));
const at = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

function seedOf(name: string): string {
  writeFileSync(at(`${name}.nk`), `${keyNamed(name).seed()}\n`, { mode: 0o600 });
  return at(`${name}.nk`);
}

const ledger = ['--log', `file:${at('ledger')}`, '--ledger', 'stopped'];
const metrics = ['--metrics', '127.0.0.1:0'];
const log = verifierKeyOf('daybook.local/stopped', keyNamed('authority').actor);
const witness = ['--name', 'witness.example/w1', '--record', at('record'), '--begin'];

/** The verb, by what it is stopped, and what it prints or says once it is up. */
const VERBS: readonly (readonly [readonly string[], NodeJS.Signals, string])[] = [
  [['worker', ...ledger, '--key', seedOf('worker'), ...metrics], 'SIGINT', 'http://'],
  [['validator', ...ledger, '--key', seedOf('validator'), ...metrics], 'SIGTERM', 'http://'],
  [['explorer', ...ledger, '--port', '0'], 'SIGINT', 'http://'],
  [['relay', ...ledger, '--port', '0'], 'SIGTERM', 'http://'],
  [
    ['witness', '--key', seedOf('witness'), ...witness, '--log-key', log, '--port', '0'],
    'SIGTERM',
    'http://',
  ],
  [['log', 'tail', ...ledger, '--follow'], 'SIGINT', 'ledger.opened'],
];

it('ends every verb that stays up cleanly: Ctrl-C with 130, SIGTERM with 0', async () => {
  const operator = keyNamed('operator').actor;
  const key = seedOf('authority');
  const authority = startDaybook('authority', ...ledger, '--key', key, '--operator', operator);
  const all: Daybook[] = [authority];
  try {
    await authority.said('leads from entry');
    const running = VERBS.map(([args, signal, up]) => {
      const verb = startDaybook(...args);
      all.push(verb);
      return { name: args[0], signal, verb, isUp: Promise.any([verb.printed(up), verb.said(up)]) };
    });
    await Promise.all(running.map(({ isUp }) => isUp));
    for (const { verb, signal } of running) verb.kill(signal);
    for (const { name, verb, signal } of running) {
      const { code, err } = await verb.ended;
      expect([name, code], err).toEqual([name, signal === 'SIGINT' ? EXIT.interrupted : EXIT.ok]);
      expect(err, name).not.toMatch(/\n {4}at /);
    }
    authority.kill('SIGINT');
    expect((await authority.ended).code).toBe(EXIT.interrupted);
  } finally {
    await killAll(all);
  }
});

/** What they have open they have until they are gone. */
async function killAll(verbs: readonly Daybook[]): Promise<void> {
  for (const verb of verbs) verb.kill('SIGKILL');
  await Promise.all(verbs.map(({ ended }) => ended));
}

it('drains a node that is to finish first, and ends it at once when it is told again', async () => {
  const name = 'drained' as LedgerId;
  const url = `file:${at('drained')}`;
  const here = ['--log', url, '--ledger', name];
  const operator = keyNamed('operator');
  const all: Daybook[] = [];
  const start = (...args: string[]): Daybook => {
    const verb = startDaybook(...args);
    all.push(verb);
    return verb;
  };
  const opens = ['--key', seedOf('authority'), '--operator', operator.actor];
  const authority = start('authority', ...here, ...opens);
  await authority.said('leads from entry');
  const parts = await openLedger(url, name);
  try {
    const client = new CommandClient({ ...parts, clock: systemClock, key: operator });
    const hands = new Operator(client, parts.artifacts, new AbortController().signal);
    await hands.adoptPolicy(seedPolicy);
    const nodes = ['first', 'second'].map((of) => {
      return { of, key: keyNamed(of), file: seedOf(of) };
    });
    for (const { of, key } of nodes)
      await hands.admit({ participant: key.actor, role: 'worker', name: of });
    const [first, second] = nodes.map(({ file }) =>
      start('worker', ...here, '--key', file, '--drain', ...metrics),
    );
    await Promise.all([first?.said('joined as session 1'), second?.said('joined as session 1')]);

    first?.kill('SIGTERM');
    const ended = await first?.ended;
    expect([ended?.code, ended?.err]).toEqual([EXIT.ok, expect.stringContaining('drained: ')]);

    // With nobody to answer, it would wait for ever.
    authority.kill('SIGKILL');
    await authority.ended;
    const [address] = /http:\S+/.exec((await second?.said('metrics and health at')) ?? '') ?? [];
    const ready = async () => {
      const answer = await fetch(`${address}/readyz`);
      return [answer.status, await answer.text()] as const;
    };
    expect((await ready())[0]).toBe(200);
    second?.kill('SIGTERM');
    while ((await ready())[0] === 200) await setTimeout(20);
    expect(await ready()).toEqual([503, expect.stringContaining('draining: ')]);
    second?.kill('SIGTERM');
    expect((await second?.ended)?.code).toBe(EXIT.ok);

    const rebuilt = new Rebuild();
    const types: string[] = [];
    for await (const commit of parts.log.read(LOG_START))
      for (const { type, data } of rebuilt.addCommit(commit))
        if ('participant' in data && data.participant === nodes[0]?.key.actor) types.push(type);
    expect(types).toEqual(
      expect.arrayContaining(['daybook.participant.draining.v1', 'daybook.participant.drained.v1']),
    );
    expect(types).not.toContain('daybook.participant.left.v1');
    // What it says last is that it is out: it did not come again.
    expect(types.filter((type) => type === 'daybook.participant.joined.v1')).toHaveLength(1);
  } finally {
    await killAll(all);
    await parts.close();
  }
});

it('ends when npm, which started it through a shell, is stopped', async () => {
  const root = fileURLToPath(new URL('../../../', import.meta.url));
  const authority = ['authority', '--log', `file:${at('npm')}`, '--key', seedOf('authority')];
  const opened = ['--operator', keyNamed('operator').actor];
  const npm = spawn('npm', ['run', '--silent', 'daybook', '--', ...authority, ...opened], {
    cwd: root,
    // A group of its own, so that nothing outlives a test that fails.
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  // Its end says that whoever wrote there, the authority too, is gone.
  const isClosed = once(npm.stderr, 'close').then(() => true);
  let err = '';
  try {
    await new Promise<void>((resolve) => {
      npm.stderr.setEncoding('utf8').on('data', (text: string) => {
        err += text;
        if (err.includes('leads from entry')) resolve();
      });
    });
    npm.kill('SIGTERM');
    expect(await Promise.race([isClosed, setTimeout(240_000, false, { ref: false })]), err).toBe(
      true,
    );
  } finally {
    if (npm.pid !== undefined && !npm.stderr.closed) process.kill(-npm.pid, 'SIGKILL');
  }
});

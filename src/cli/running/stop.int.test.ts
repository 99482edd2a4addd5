/** What stays up ends cleanly when it is stopped, with the code that says by what. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { verifierKeyOf } from '../../events/note.ts';
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
    for (const verb of all) verb.kill('SIGKILL');
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
    expect(await Promise.race([isClosed, setTimeout(10_000, false)]), err).toBe(true);
  } finally {
    if (npm.pid !== undefined && !npm.stderr.closed) process.kill(-npm.pid, 'SIGKILL');
  }
});

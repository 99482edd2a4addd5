/** Roles as processes that are started before their ledger is there: on a server, and in a folder. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { openLedger } from '../../adapters/open.ts';
import type { LedgerId } from '../../events/ids.ts';
import { daybook, startDaybook } from '../../testing/daybook-process.ts';
import type { Daybook } from '../../testing/daybook-process.ts';
import { keyNamed } from '../../testing/desk.ts';
import { NatsServer } from '../../testing/nats-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'daybook-await-'));
const running: Daybook[] = [];
const keyFile = (name: string): string => {
  const path = join(folder, `${name}.seed`);
  writeFileSync(path, `${keyNamed(name).seed()}\n`, { mode: 0o600 });
  return path;
};
const start = (...args: string[]): Daybook => {
  const one = startDaybook(...args);
  running.push(one);
  return one;
};

afterAll(async () => {
  for (const one of running) one.kill('SIGKILL');
  await Promise.all(running.map(({ ended }) => ended));
  rmSync(folder, { recursive: true, force: true });
});

it('waits for an authority to open the ledger, says so, and goes on', async () => {
  const server = await NatsServer.start();
  const at = ['--log', server.url, '--ledger', 'late'];
  const told = ['--metrics', '127.0.0.1:0', '--log-format', 'json'];
  const validator = start('validator', ...at, '--key', keyFile('validator-1'), ...told);
  const standby = start('authority', ...at, '--key', keyFile('authority'));
  const explorer = start('explorer', ...at, '--port', '0');
  const relay = start('relay', ...at, '--port', '0');
  const said = await validator.said('"ledger.awaited"');
  const address = /"address":"([^"]+)"/.exec(said)?.[1];
  const answer = await fetch(`${address}/readyz`);
  expect([answer.status, await answer.json()]).toEqual([
    503,
    { status: 'not_ready', why: 'there is no ledger yet' },
  ]);
  await Promise.all([standby, explorer, relay].map((role) => role.said('no ledger late')));
  start('authority', ...at, '--key', keyFile('authority'), '--operator', keyNamed('op').actor);
  await validator.said('"ledger.found"');
  await validator.said('"node.not_admitted"');
  const serving = [explorer, relay].map((role) => role.printed('http://'));
  await Promise.all([standby.said('stands by'), ...serving]);
  for (const one of running) one.kill('SIGTERM');
  const ends = await Promise.all(running.map(({ ended }) => ended));
  expect(ends.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0]);
  await server.dispose();
});

it('ends while it waits when it is told to', async () => {
  const at = ['--log', `file:${join(folder, 'nowhere')}`];
  const worker = startDaybook('worker', ...at, '--key', keyFile('worker-1'));
  await worker.said('no ledger main');
  worker.kill('SIGTERM');
  expect(await worker.ended).toMatchObject({ code: 0, out: '' });
});

it('ends at once where waiting is not wanted, or changes nothing', async () => {
  const [empty, held] = [join(folder, 'empty'), join(folder, 'held')];
  await (await openLedger(`file:${held}`, 'held' as LedgerId)).close();
  const worker = ['worker', '--key', keyFile('worker-1')];
  const [impatient, relay, other] = await Promise.all([
    daybook(...worker, '--log', `file:${empty}`, '--no-wait'),
    daybook('relay', '--log', `file:${empty}`, '--no-wait'),
    daybook(...worker, '--log', `file:${held}`, '--ledger', 'another'),
  ]);
  for (const { code, err } of [impatient, relay]) {
    expect([code, err]).toEqual([1, expect.stringContaining('log_not_found')]);
    // Message and advice say different things.
    expect(err.match(/There is no/g)).toHaveLength(1);
  }
  expect([other.code, other.err]).toEqual([1, expect.stringContaining('other_ledger')]);
});

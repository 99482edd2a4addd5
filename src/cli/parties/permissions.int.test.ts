/** The printed accounts are taken by a real server, and let in whom they name. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openLedger } from '../../adapters/open.ts';
import { startDaybook } from '../../testing/daybook-process.ts';
import { verbHere } from '../../testing/verb-here.ts';
import { keyNamed } from '../../testing/desk.ts';
import { NatsServer } from '../../testing/nats-server.ts';
import type { LedgerId } from '../../events/ids.ts';

const key = (name: string): string => keyNamed(name).actor;
const needed = ['--authority', key('authority'), '--desk', key('desk')];

it('prints accounts that a server runs under, and an authority opens its ledger under', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'daybook-accounts-'));
  const { code, out } = await verbHere('permissions', '--ledger', 'small', ...needed);
  expect(code).toBe(0);
  const config = join(folder, 'server.conf');
  await writeFile(
    config,
    `server_name: small\njetstream { store_dir: $DAYBOOK_STORE_DIR }\n${out}`,
  );
  for (const name of ['authority', 'desk', 'stranger'])
    await writeFile(join(folder, name), keyNamed(name).seed(), { mode: 0o600 });
  const server = await NatsServer.start({ config });
  const ledger = 'small' as LedgerId;
  const desk = join(folder, 'desk');
  const at = (name: string): string => `${server.url}?nkey=${join(folder, name)}&desk=${desk}`;
  const { log, close } = await openLedger(at('authority'), ledger);
  expect((await log.head()).size).toBe(0);
  const signs = ['--key', join(folder, 'authority'), '--operator', key('operator')];
  const where = ['--log', at('authority'), '--ledger', ledger];
  const serving = startDaybook('authority', ...where, ...signs);
  await Promise.race([
    serving.ended.then(({ err }) => Promise.reject(new Error(err))),
    expect.poll(async () => (await log.head()).size, { timeout: 60_000 }).toBeGreaterThan(0),
  ]);
  serving.kill('SIGTERM');
  await serving.ended;
  await close();
  const alone = ['--log', at('authority').replace(/&desk=.*/, ''), '--ledger', ledger];
  // Also where it would wait for a ledger that is not there yet.
  expect(await verbHere('authority', ...alone, ...signs.slice(0, 2))).toMatchObject({
    code: 4,
    err: expect.stringContaining('desk_login_missing') as string,
  });
  await expect(openLedger(at('stranger'), ledger)).rejects.toMatchObject({
    code: 'permission_denied',
  });
  await expect(openLedger(at('missing'), ledger)).rejects.toMatchObject({
    code: 'permission_denied',
  });
  await server.dispose();
  await rm(folder, { recursive: true });
});

it('says where a ledger is, and nobody how to log in there', async () => {
  const server = await NatsServer.start();
  await (await openLedger(server.url, 'small' as LedgerId)).close();
  const url = server.url.replace('nats://', 'nats://me:hush@');
  const { err } = await verbHere('run', 'status', '--log', url, '--ledger', 'small');
  expect(err).toContain('small at nats://<login>@');
  expect(err).not.toContain('hush');
  await server.dispose();
});

it('refuses what is no key, no name, and a login for two', async () => {
  const [noKey, noName, twice] = await Promise.all([
    verbHere('permissions', ...needed, '--worker', 'w=SECRET'),
    verbHere('permissions', ...needed, '--worker', `a.b=${key('w')}`),
    verbHere('permissions', ...needed, '--worker', `w=${key('desk')}`),
  ]);
  expect([noKey.code, noName.code, twice.code]).toEqual([2, 2, 2]);
  expect(noKey.err).toContain('is no public key');
  expect(noName.err).toContain('is no name');
  expect(twice.err).toContain('is named twice');
});

/**
 * Every role as a process with `--metrics` and JSON lines: what operators ask over HTTP, that a
 * scraper reads it, and that no line of any log holds a seed.
 */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { verifierKeyOf } from '../../events/note.ts';
import { startDaybook } from '../../testing/daybook-process.ts';
import type { Daybook } from '../../testing/daybook-process.ts';
import { keyNamed } from '../../testing/desk.ts';
import { readPrometheusText } from '../../testing/prometheus-text.ts';

const folder = mkdtempSync(join(tmpdir(), 'daybook-telemetry-'));
const live = ['--log', `file:${join(folder, 'ledger')}`];
const names = ['authority', 'operator', 'worker-1', 'validator-1', 'witness'];
const keyFile = (name: string): string => join(folder, `${name}.seed`);
for (const name of names)
  writeFileSync(keyFile(name), `${keyNamed(name).seed()}\n`, { mode: 0o600 });

/** A limit for what hangs. */
const PATIENCE_MS = 120_000;
const running: Daybook[] = [];
const heard: string[] = [];

afterAll(async () => {
  for (const role of running) role.kill('SIGKILL');
  await Promise.all(running.map(({ ended }) => ended));
  rmSync(folder, { recursive: true, force: true });
});

/** Its metrics' address, from its journal. */
async function start(...args: string[]): Promise<string> {
  const role = startDaybook(...args, '--metrics', '127.0.0.1:0', '--log-format', 'json');
  running.push(role);
  const said = await role.said('"telemetry.serving"');
  const lines = said
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  return lines.find(({ event }) => event === 'telemetry.serving').address;
}

async function until(url: string, status: number): Promise<Response> {
  for (let i = 0; i < 2000; i += 1) {
    const response = await fetch(url);
    if (response.status === status) return response;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${url} did not come to ${status}`);
}

async function untilWhy(url: string, why: string): Promise<void> {
  for (let i = 0; i < 2000; i += 1) {
    const answer = await (await until(url, 503)).json();
    if (answer.why === why) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${url} did not say ${why}`);
}

async function metricsOf(address: string): Promise<(name: string) => number | undefined> {
  const response = await fetch(`${address}/metrics`);
  expect(response.headers.get('content-type')).toContain('version=0.0.4');
  const text = await response.text();
  expect(text).not.toMatch(/[US][A-Z2-7]{55}/);
  const series = readPrometheusText(text);
  return (name) => series.find((one) => one.name === name)?.value;
}

/** What is counted is counted after it was answered. */
const comesTo = (address: string, name: string, value: number): Promise<void> =>
  expect.poll(async () => (await metricsOf(address))(name), { timeout: PATIENCE_MS }).toBe(value);

it('says how each role is, to people, probes and scrapers', async () => {
  const authority = await start(
    'authority',
    ...live,
    '--key',
    keyFile('authority'),
    '--operator',
    keyNamed('operator').actor,
    '--log-level',
    'debug',
  );
  expect(await (await until(`${authority}/readyz`, 200)).json()).toEqual({ status: 'ready' });
  expect((await fetch(`${authority}/healthz`)).status).toBe(200);
  expect((await fetch(`${authority}/nothing`)).status).toBe(404);
  expect((await fetch(`${authority}/metrics`, { method: 'POST' })).status).toBe(405);
  await running[0]?.said('"command.recorded"');
  const status = await (await fetch(`${authority}/status`)).json();
  expect(status).toMatchObject({ ready: true, role: 'authority', leads: true });
  await comesTo(authority, 'daybook_ledger_entries', 1);
  const ofAuthority = await metricsOf(authority);
  expect(ofAuthority('daybook_authority_leads')).toBe(1);
  expect(ofAuthority('daybook_commands_total')).toBe(1);
  expect(ofAuthority('daybook_command_seconds_count')).toBe(1);

  // Nobody admitted them: alive, not ready, and saying so.
  for (const role of ['worker', 'validator']) {
    const node = await start(
      role,
      ...live,
      '--key',
      keyFile(`${role}-1`),
      '--backend',
      'reference',
    );
    await untilWhy(`${node}/readyz`, 'not joined yet');
    const ofNode = await metricsOf(node);
    expect(ofNode('daybook_node_joined')).toBe(0);
    expect(ofNode('daybook_ready')).toBe(0);
  }

  const relay = await start('relay', ...live, '--port', '0');
  await until(`${relay}/readyz`, 200);
  const served = (await running.at(-1)?.printed('\n'))?.trim();
  expect((await fetch(`${served}/chunks/${'0'.repeat(64)}`)).status).toBe(404);
  await comesTo(relay, 'daybook_http_requests_total', 1);

  const log = verifierKeyOf('example.org/log', keyNamed('authority').actor);
  const record = join(folder, 'record');
  const own = ['--record', record, '--begin', '--log-key', log, '--name', 'w', '--port', '0'];
  const witness = await start('witness', '--key', keyFile('witness'), ...own);
  await until(`${witness}/readyz`, 200);
  const asked = (await running.at(-1)?.printed('\n'))?.split('\n')[0];
  expect((await fetch(`${asked}/add-checkpoint`, { method: 'POST', body: 'x' })).status).toBe(400);
  await comesTo(witness, 'daybook_http_requests_total', 1);
  const ofWitness = await metricsOf(witness);
  expect(ofWitness('daybook_witness_cosigned_total')).toBe(0);
  expect(ofWitness('daybook_witness_forks_total')).toBe(0);

  for (const role of running) role.kill('SIGTERM');
  for (const { ended } of running) heard.push((await ended).err);
});

it.each([
  ['authority', ['--operator', keyNamed('operator').actor]],
  ['worker', []],
])('%s is not ready while the server of its log says nothing', async (role, more) => {
  const silent = createServer();
  const { port } = await new Promise<AddressInfo>((resolve) => {
    silent.listen(0, '127.0.0.1', () => resolve(silent.address() as AddressInfo));
  });
  const metrics = ['--metrics', '127.0.0.1:0'];
  const at = ['--log', `nats://127.0.0.1:${port}`, '--key', keyFile('authority')];
  const one = startDaybook(role, ...at, ...more, ...metrics);
  const [, address] = /at (http:\S+)/.exec(await one.said('metrics and health at')) ?? [];
  const answer = await fetch(`${address}/readyz`);
  expect([answer.status, (await answer.json()).status]).toEqual([503, 'not_ready']);
  one.kill('SIGKILL');
  await one.ended;
  silent.close();
});

it('logs lines of JSON without a secret', () => {
  expect(heard).toHaveLength(5);
  for (const text of heard) {
    for (const line of text.trimEnd().split('\n'))
      // What ends a process is for whoever started it, in the words of every verb.
      if (!line.startsWith('daybook: '))
        expect(JSON.parse(line)).toMatchObject({
          time: expect.any(String),
          event: expect.any(String),
        });
    for (const name of names)
      expect(text).not.toContain(readFileSync(keyFile(name), 'utf8').trim());
  }
  const [ofAuthority = ''] = heard;
  const recorded = ofAuthority.split('\n').find((line) => line.includes('"command.recorded"'));
  expect(JSON.parse(recorded ?? '')).toMatchObject({
    level: 'debug',
    entry: 0,
    type: 'daybook.ledger.opened.v2',
    actor: keyNamed('authority').actor,
  });
});

it('refuses an address that is none', async () => {
  const ended = await startDaybook('relay', ...live, '--metrics', 'nowhere').ended;
  expect(ended.code).toBe(2);
  expect(ended.err).toContain('--metrics');
});

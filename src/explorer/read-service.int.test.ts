/**
 * Services as the standard tools see them, on a real server under the permissions of a ledger, with
 * the NATS project's own client of services.
 */
import { Svcm } from '@nats-io/services';
import type { ServiceInfo } from '@nats-io/services';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLink, type Link } from '../adapters/nats/link.ts';
import { openLedger, type OpenLedger } from '../adapters/open.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { openingOf } from '../commands/opening.ts';
import { encodeCommand, signCommand } from '../commands/command.ts';
import { decodeReply } from '../commands/reply.ts';
import type { LedgerId } from '../events/ids.ts';
import { must } from '../projections/books.ts';
import { runAuthority } from '../roles/authority.ts';
import { decodeAnswer, encodeQuery } from '../roles/query.ts';
import { keyNamed } from '../testing/desk.ts';
import { startGuarded, type GuardedServer } from '../testing/guarded-server.ts';
import { startExplorer, type Explorer } from './server.ts';

const LEDGER = 'svc' as LedgerId;
/** A limit for what hangs. */
const WITHIN = { timeout: 60_000 };
const ROLES = {
  authority: 'authority',
  desk: 'desk',
  operator: 'operator',
  'worker-1': 'worker',
  auditor: 'auditor',
  explorer: 'explorer',
} as const;

let guarded: GuardedServer;
let authority: OpenLedger;
let reading: OpenLedger;
let explorer: Explorer;
const links: Link[] = [];
const stop = new AbortController();
let serving: Promise<unknown>;

async function linkAs(name: string): Promise<Link> {
  const link = await openLink(guarded.urlOf(name), { create: false });
  links.push(link);
  return link;
}
type Connection = ConstructorParameters<typeof Svcm>[0];
const clientAs = async (name: string) =>
  new Svcm((await linkAs(name)).nc as unknown as Connection).client({
    strategy: 'timer',
    maxWait: 500,
  } as never);

/** What so many services say: a busy one may not be heard within the client's time, and is asked again. */
async function heard<T>(count: number, ask: () => Promise<AsyncIterable<T>>): Promise<T[]> {
  for (;;) {
    const list: T[] = [];
    for await (const one of await ask()) list.push(one);
    if (list.length >= count) return list;
  }
}

async function until(isDone: () => Promise<boolean>): Promise<void> {
  while (!(await isDone())) await new Promise((resolve) => setTimeout(resolve, 50));
}

beforeAll(async () => {
  guarded = await startGuarded(LEDGER, ROLES);
  authority = await openLedger(guarded.urlOf('authority'), LEDGER);
  const operator = keyNamed('operator').actor;
  const key = keyNamed('authority');
  serving = runAuthority({ ...authority, clock: systemClock, key }, stop.signal);
  const opening = openingOf(LEDGER, key.actor, operator, '0a'.repeat(32));
  const opened = encodeCommand(signCommand(key, LEDGER, 'open', opening));
  // The desk may serve commands, not send them.
  const sender = await linkAs('operator');
  await until(async () => {
    const reply = await sender.nc.request('daybook.svc.command', opened).catch(() => null);
    return reply !== null && decodeReply(reply.data).status === 'recorded';
  });
  reading = await openLedger(guarded.urlOf('explorer'), LEDGER, { create: false });
  explorer = await startExplorer({ ...reading, port: 0 } as never);
  await until(async () => {
    const { size } = (await (await fetch(`${explorer.address}/status`)).json()) as { size: number };
    return size > 0;
  });
});
afterAll(async () => {
  await explorer?.close();
  await reading?.close();
  stop.abort();
  await serving;
  await authority.close();
  for (const link of links) await link.close();
  await guarded.dispose();
});

describe('services', () => {
  it('are found, described and counted', async () => {
    const client = await clientAs('auditor');
    const found = await heard(2, () => client.ping());
    expect(found.map(({ name }) => name).toSorted()).toEqual(['daybook-svc', 'daybook-svc-read']);
    for (const { id } of found) expect(id).toMatch(/^[A-Za-z0-9]{22}$/);
    const infos: ServiceInfo[] = await heard(2, () => client.info());
    const own = must(
      infos.find(({ name }) => name === 'daybook-svc'),
      'authority',
    );
    expect(own.endpoints.map(({ name, subject }) => [name, subject])).toEqual([
      ['command', 'daybook.svc.command'],
      ['query', 'daybook.svc.query'],
    ]);
    for (const { endpoints } of infos)
      for (const { metadata } of endpoints)
        for (const name of ['request_schema', 'response_schema'])
          expect(typeof JSON.parse(must(metadata?.[name], name))).toBe('object');
    const [one] = await heard(1, () => client.stats('daybook-svc-read'));
    expect(must(one, 'stats').endpoints?.every(({ num_errors: errors }) => errors === 0)).toBe(
      true,
    );
  });

  it('answer questions as HTTP does, and refuse as it does', async () => {
    const { nc } = await linkAs('worker-1');
    const ask = async (name: string, request: object | string) => {
      const text = typeof request === 'string' ? request : JSON.stringify(request);
      const { data, headers } = await nc.request(`daybook.svc.read.${name}`, text, WITHIN);
      return {
        text: Buffer.from(data).toString(),
        size: headers?.get('daybook-size'),
        error: headers?.get('Nats-Service-Error-Code'),
      };
    };
    const books = await ask('books', {});
    const same = await fetch(`${explorer.address}/api/books?at=${Number(books.size) - 1}`);
    expect(books).toMatchObject({ text: await same.text(), error: '' });
    const first = await ask('entry', { sequence: 0 });
    expect(JSON.parse(first.text)).toMatchObject({ sequence: '0000000000000000' });
    expect((await ask('inclusionProof', { sequence: 0 })).text).toMatch(/^c2sp.org\/tlog-proof/);
    expect(
      JSON.parse((await ask('explain', { kind: 'refusal', of: 'stale_revision' })).text),
    ).toMatchObject({ kind: 'refusal' });
    for (const [name, request, error] of [
      ['entry', { sequence: 1_000_000 }, '404'],
      ['entry', {}, '404'],
      ['entry', { sequence: '../../metrics' }, '404'],
      ['books', { surprise: 1 }, '400'],
      ['books', 'no json', '400'],
      ['books', [1], '400'],
    ] as const) {
      const answer = await ask(name, request);
      expect([name, request, answer.error]).toEqual([name, request, error]);
      expect(JSON.parse(answer.text)).toHaveProperty('error.code');
    }
    const client = await clientAs('auditor');
    const [stats] = await heard(1, () => client.stats('daybook-svc-read'));
    const entry = stats?.endpoints?.find(({ name }) => name === 'entry');
    expect(entry).toMatchObject({ num_requests: 4, num_errors: 3 });
  });

  it('take commands on the subject that they always had, and count them', async () => {
    const { nc } = await linkAs('operator');
    const key = keyNamed('operator');
    const participant = keyNamed('worker-1').actor;
    const command = signCommand(key, LEDGER, 'draining', {
      type: 'daybook.participant.draining.v1',
      data: { participant, reason: 'operator_request' },
    } as never);
    const reply = await nc.request('daybook.svc.command', encodeCommand(command), WITHIN);
    expect(decodeReply(reply.data)).toMatchObject({ status: 'refused' });
    const head = await nc.request('daybook.svc.query', encodeQuery({ query: 'head' }), WITHIN);
    expect(decodeAnswer(head.data)).toMatchObject({ status: 'head' });
    const client = await clientAs('operator');
    const [stats] = await heard(1, () => client.stats('daybook-svc'));
    const counted = stats?.endpoints?.map(({ name, num_requests: requests }) => [name, requests]);
    // What opened the ledger, and this one.
    expect(new Map(counted as [string, number][]).get('command')).toBeGreaterThanOrEqual(2);
  });
});

describe('who serves', () => {
  it('is nobody but who may: others can neither be found nor asked in its place', async () => {
    for (const name of ['worker-1', 'auditor', 'operator'])
      for (const subject of ['$SRV.PING', '$SRV.INFO.daybook-svc', 'daybook.svc.read.books']) {
        const { nc } = await linkAs(name);
        const refused = new Promise<Error | null>((resolve) => {
          nc.subscribe(subject, { callback: (error) => resolve(error) });
        });
        expect(String(await refused)).toMatch(/permission/i);
      }
  });

  it('answers where it was asked to, once, and nowhere else: the explorer writes no inbox of others', async () => {
    const { nc } = await linkAs('explorer');
    const worker = await linkAs('worker-1');
    const got: string[] = [];
    const inbox = `_INBOX.${keyNamed('worker-1').actor}.victim`;
    worker.nc.subscribe(inbox, {
      callback: (_, { data }) => void got.push(Buffer.from(data).toString()),
    });
    await worker.nc.flush();
    nc.publish(inbox, 'forged');
    nc.publish('daybook.svc.command', 'forged');
    await nc.flush();
    // Asked with a reply subject that is no inbox, nobody answers.
    worker.nc.publish('daybook.svc.read.books', '{}', { reply: 'daybook.svc.read.entry' });
    worker.nc.publish('$SRV.PING', '', { reply: 'daybook.svc.command' });
    const { data } = await worker.nc.request('daybook.svc.read.health', '', WITHIN);
    expect(JSON.parse(Buffer.from(data).toString())).toEqual({ status: 'ok' });
    expect(got).toEqual([]);
  });
});

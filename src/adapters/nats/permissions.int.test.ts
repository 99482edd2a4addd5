/** A real server under the generated accounts: each role can do its work, and nothing else. */
import { headers } from '@nats-io/transport-node';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openLedger, type OpenLedger } from '../open.ts';
import { artifactsBucket, leadStream, logStream, stepsStream, subjectsOf } from './declarations.ts';
import { openLink, type Link } from './link.ts';
import { natsFault, persistently } from './nats-fault.ts';
import { encodeCommand, signCommand } from '../../commands/command.ts';
import { decodeReply } from '../../commands/reply.ts';
import { openingOf } from '../../commands/opening.ts';
import { systemClock } from '../system-clock.ts';
import { runAuthority } from '../../roles/authority.ts';
import { rejection, take } from '../../testing/contracts/collect.ts';
import { commitOf } from '../../testing/contracts/commits.ts';
import { keyNamed, NONCE } from '../../testing/desk.ts';
import { startGuarded, type GuardedServer } from '../../testing/guarded-server.ts';
import { playWholeRun } from '../../testing/whole-run.ts';
import { LOG_START, type LedgerId, type LogPosition } from '../../events/ids.ts';

const LEDGER = 'guarded' as LedgerId;
const ROLES = {
  authority: 'authority',
  desk: 'desk',
  operator: 'operator',
  'worker-1': 'worker',
  'worker-2': 'worker',
  'worker-3': 'worker',
  'validator-1': 'validator',
  'validator-2': 'validator',
  'validator-3': 'validator',
  auditor: 'auditor',
  explorer: 'explorer',
} as const;
const NOT_THE_LOG = ['desk', 'operator', 'worker-1', 'validator-1', 'auditor', 'explorer'] as const;

const LOG = logStream(LEDGER).name;
const LEAD = leadStream(LEDGER).name;
const STEPS = stepsStream(LEDGER).name;
const ARTIFACTS = `OBJ_${artifactsBucket(LEDGER).bucket}`;
const subjects = subjectsOf(LEDGER);
/** A limit for what hangs. */
const PATIENCE_MS = 60_000;

describe.each(['nkey', 'password'] as const)('logins by %s', (logins) => {
  it('play a whole run, each party with its own', async () => {
    const guarded = await startGuarded(LEDGER, ROLES, logins);
    try {
      const { size } = await playWholeRun({
        ledger: LEDGER,
        open: (name) => openLedger(guarded.urlOf(name), LEDGER, { create: name === 'authority' }),
      });
      expect(size).toBeGreaterThan(50);
    } finally {
      await guarded.dispose();
    }
  });
});

describe('a login', () => {
  let guarded: GuardedServer;
  let authority: OpenLedger;
  let links: Link[] = [];
  let before: object;

  const linkAs = async (name: string): Promise<Link> => {
    const url = guarded.urlOf(name).replace(/&desk=.*/, '');
    const link = await openLink(url, { create: false, patienceMs: PATIENCE_MS });
    links.push(link);
    return link;
  };
  const openAs = (name: string): Promise<OpenLedger> =>
    openLedger(guarded.urlOf(name), LEDGER, { create: false });

  /** What nobody's trespass may change. */
  async function state(): Promise<object> {
    const [own, desk] = [await linkAs('authority'), await linkAs('desk')];
    const of = async (link: Link, stream: string) => {
      const { config, state: now } = await link.jsm.streams.info(stream);
      return { config, messages: now.messages, last: now.last_seq };
    };
    return {
      log: await of(own, LOG),
      mirror: await of(desk, LOG),
      steps: await of(desk, STEPS),
      artifacts: (await of(desk, ARTIFACTS)).config,
    };
  }

  /** No answer in time is none yet: the server may be busy. */
  const fault = async (call: () => Promise<unknown>): Promise<string> => {
    const refused = await rejection(persistently(PATIENCE_MS, call));
    return natsFault('Trespassing', refused, 'log_unavailable').code;
  };

  beforeAll(async () => {
    guarded = await startGuarded(LEDGER, ROLES);
    authority = await openLedger(guarded.urlOf('authority'), LEDGER);
    await authority.log.append(commitOf('first', 0, ['1']), LOG_START);
    await authority.artifacts.put(new TextEncoder().encode('kept'));
    await authority.channel.publishStep(keyNamed('worker-2').actor, 's1', new Uint8Array([1]));
    const reader = await openAs('auditor');
    await take(reader.log.read(LOG_START), 1);
    await reader.close();
  });
  afterAll(async () => {
    await authority.close();
    await guarded.dispose();
  });
  beforeEach(async () => {
    before = await state();
  });
  afterEach(async () => {
    expect(await state()).toEqual(before);
    for (const link of links) await link.close();
    links = [];
  });

  it.each([true, false])(
    "of an authority without its desk's is told so, create: %s",
    async (create) => {
      const alone = guarded.urlOf('authority').replace(/&desk=.*/, '');
      expect(await rejection(openLedger(alone, LEDGER, { create }))).toMatchObject({
        code: 'desk_login_missing',
        message: expect.stringContaining(`${keyNamed('authority').actor} keeps the log`) as string,
      });
    },
  );

  it.each(NOT_THE_LOG)('of %s makes no log, and is named with what it may not do', async (name) => {
    const url = guarded.urlOf(name);
    expect(await rejection(openLedger(url, LEDGER))).toMatchObject({
      code: 'permission_denied',
      message: `Stream ${LEAD}, as ${keyNamed(name).actor}: Permissions Violation for Publish to "$JS.API.STREAM.INFO.${LEAD}".`,
    });
  });

  it('is missed', async () => {
    const unknown = guarded.server.url;
    expect(await rejection(openLedger(unknown, LEDGER))).toMatchObject({
      code: 'permission_denied',
      message: expect.stringContaining(', without a login: Authorization Violation') as string,
    });
  });

  it.each(NOT_THE_LOG)('of %s cannot append to the log', async (name) => {
    const link = await linkAs(name);
    expect(await fault(() => link.js.publish(subjects.log, 'forged'))).toBe('permission_denied');
  });

  it('of a worker is refused an append by the port, too', async () => {
    const { log, close } = await openAs('worker-1');
    const refused = await rejection(log.append(commitOf('x', 1, ['x']), 1 as LogPosition));
    expect(refused).toMatchObject({ code: 'permission_denied', retryable: false });
    await close();
  });

  it.each(['worker-1', 'validator-1', 'auditor', 'explorer', 'authority', 'desk'])(
    'of %s can neither change, empty nor remove a stream, nor delete a message',
    async (name) => {
      const { jsm } = await linkAs(name);
      for (const stream of name === 'authority' ? [LOG] : [LOG, STEPS, ARTIFACTS]) {
        const attempts = [
          () => jsm.streams.update(stream, { max_msgs: 1 }),
          () => jsm.streams.purge(stream),
          () => jsm.streams.delete(stream),
          () => jsm.streams.deleteMessage(stream, 1),
        ];
        for (const attempt of attempts) expect(await fault(attempt)).toBe('permission_denied');
      }
    },
  );

  it.each(['worker-1', 'validator-1', 'auditor', 'explorer'])(
    'of %s makes no stream that would swallow subjects of the ledger',
    async (name) => {
      const { jsm } = await linkAs(name);
      const add = () => jsm.streams.add({ name: 'SWALLOW', subjects: [subjects.command] });
      expect(await fault(add)).toBe('permission_denied');
    },
  );

  it('hears nothing of others: no inbox, no command, no step, no log', async () => {
    const { nc } = await linkAs('worker-1');
    const other = keyNamed('operator').actor;
    const wanted = ['>', '_INBOX.>', `_INBOX.${other}.>`, subjects.command, subjects.log];
    for (const subject of [...wanted, `daybook.${LEDGER}.step.>`, '$JS.EVENT.ADVISORY.>']) {
      const refused = new Promise<Error | null>((resolve) => {
        nc.subscribe(subject, { callback: (error) => resolve(error) });
      });
      expect(natsFault('Listening', await refused, 'log_unavailable').code).toBe(
        'permission_denied',
      );
    }
  });

  it('serves no commands in the authority’s place', async () => {
    const { channel, close } = await openAs('validator-1');
    const served = channel.serve(() => undefined, new AbortController().signal);
    expect(await rejection(served)).toMatchObject({ code: 'permission_denied' });
    await close();
  });

  it('works off its own steps alone', async () => {
    const link = await linkAs('worker-1');
    const me = keyNamed('worker-1').actor;
    const other = keyNamed('worker-2').actor;
    const { jsm, nc } = link;
    const theirs = `daybook.${LEDGER}.step.${other}.*`;
    const create = (name: string, filter: string) => (): Promise<unknown> =>
      jsm.consumers.add(STEPS, { durable_name: name, filter_subject: filter });
    expect(await fault(create(other, theirs))).toBe('permission_denied');
    expect(await fault(create(me, theirs))).toBe('permission_denied');
    expect(await fault(create(me, `daybook.${LEDGER}.step.*.*`))).toBe('permission_denied');
    // The subject of the request says one filter, its body another.
    const body = { durable_name: me, filter_subject: theirs, ack_policy: 'explicit' };
    const answer = await nc.request(
      `$JS.API.CONSUMER.CREATE.${STEPS}.${me}.daybook.${LEDGER}.step.${me}.*`,
      JSON.stringify({ stream_name: STEPS, config: body }),
      { timeout: PATIENCE_MS },
    );
    expect(answer.json()).toHaveProperty('error');
    const next = () => nc.request(`$JS.API.CONSUMER.MSG.NEXT.${STEPS}.${other}`, '{"batch":1}');
    expect(await fault(next)).toBe('permission_denied');
    const ack = () => nc.request(`$JS.ACK.${STEPS}.${other}.1.1.1.1.0`, '+ACK');
    expect(await fault(ack)).toBe('permission_denied');
    const get = () => jsm.streams.getMessage(STEPS, { seq: 1 });
    expect(await fault(get)).toBe('permission_denied');
    const publish = () => link.js.publish(`daybook.${LEDGER}.step.${other}.forged`, 'x');
    expect(await fault(publish)).toBe('permission_denied');
  });

  it('of an auditor or an explorer commands nothing and uploads nothing', async () => {
    for (const name of ['auditor', 'explorer']) {
      const { nc, js } = await linkAs(name);
      expect(await fault(() => nc.request(subjects.command, 'x'))).toBe('permission_denied');
      const chunk = () => js.publish(`$O.${artifactsBucket(LEDGER).bucket}.C.x`, 'x');
      expect(await fault(chunk)).toBe('permission_denied');
    }
  });

  it('makes no consumer in the log’s account', async () => {
    const { nc } = await linkAs('worker-1');
    const config = { name: 'x', deliver_subject: subjects.log, ack_policy: 'none' };
    const body = JSON.stringify({ stream_name: LOG, config });
    const ask = () => nc.request(`${subjects.origin}.CONSUMER.CREATE.${LOG}.x`, body);
    expect(await fault(ask)).toBe('permission_denied');
  });

  it('reaches the log by no detour over the server’s answers and deliveries', async () => {
    const { nc, js, jsm } = await linkAs('worker-1');
    const chunk = `$O.${artifactsBucket(LEDGER).bucket}.C.forged`;
    nc.publish('$JS.API.INFO', '', { reply: subjects.log });
    nc.publish(`$JS.API.STREAM.INFO.${LOG}`, '', { reply: subjects.log });
    nc.publish(`${subjects.origin}.STREAM.MSG.GET.${LOG}`, '{"seq":1}', { reply: subjects.log });
    nc.publish(chunk, '', { reply: subjects.log });
    // Bytes and headers of its own choice, which a consumer delivers where it says.
    const forged = headers();
    forged.set('Daybook-First', '1');
    await js.publish(chunk, '', { headers: forged });
    const seen = `_INBOX.${keyNamed('worker-1').actor}.seen`;
    const delivered = take(nc.subscribe(seen), 1);
    const origin = `${subjects.origin}.CONSUMER.CREATE.${LOG}.d`;
    const detours = [subjects.log, origin, `$JS.API.STREAM.PURGE.${STEPS}`, seen];
    for (const [n, subject] of detours.entries()) {
      const where = { name: `d${n}`, deliver_subject: subject, filter_subject: chunk };
      await jsm.consumers.add(ARTIFACTS, { ...where, ack_policy: 'none' });
    }
    await delivered;
  });
});

describe('the authority', () => {
  it('refuses a command in another’s name, and answers to inboxes only', async () => {
    const guarded = await startGuarded(LEDGER, ROLES);
    const stop = new AbortController();
    const own = await openLedger(guarded.urlOf('authority'), LEDGER);
    const worker = await openLedger(guarded.urlOf('worker-1'), LEDGER, { create: false });
    const key = keyNamed('authority');
    const serving = runAuthority({ ...own, clock: systemClock, key }, stop.signal);
    const ask = async (command: Uint8Array) =>
      decodeReply(await worker.channel.request('command', command, { timeoutMs: PATIENCE_MS }));
    try {
      const operator = keyNamed('operator');
      const opening = openingOf(LEDGER, key.actor, operator.actor, NONCE);
      await ask(encodeCommand(signCommand(key, LEDGER, 'open', opening)));
      const pause = signCommand(keyNamed('worker-1'), LEDGER, 'mine', {
        type: 'daybook.participant.admitted.v1',
        data: { participant: keyNamed('worker-1').actor, role: 'validator', name: 'me' },
      });
      expect(await ask(encodeCommand(pause))).toMatchObject({ status: 'refused' });
      const forged = { ...pause, actor: operator.actor };
      expect(await ask(encodeCommand(forged))).toMatchObject({ code: 'bad_signature' });

      const link = await openLink(guarded.urlOf('worker-1'), { create: false });
      const step = `daybook.${LEDGER}.step.${keyNamed('worker-2').actor}.forged`;
      link.nc.publish(subjects.command, encodeCommand(pause), { reply: step });
      // Requests of one connection are served in order.
      await ask(encodeCommand(pause));
      expect((await link.jsm.streams.info(STEPS)).state.messages).toBe(0);
      await link.close();
    } finally {
      stop.abort();
      await serving;
      await Promise.all([own.close(), worker.close()]);
      await guarded.dispose();
    }
  });
});

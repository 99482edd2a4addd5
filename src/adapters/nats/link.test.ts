import { expect, it } from 'vitest';
import { addressOf } from './address.ts';
import { isOlder } from './link.ts';
import { logStream, stepsConsumer, subjectsOf } from './declarations.ts';
import type { ActorId, LedgerId } from '../../events/ids.ts';

it('compares server versions by their numbers', () => {
  const floor = '2.10.0';
  expect(['2.9.25', '1.99.0', '2.0.0', 'x'].map((v) => isOlder(v, floor))).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect(
    ['2.10.0', '2.10.29', '2.14.5', '3.0.0', '2.10.0-RC.1'].map((v) => isOlder(v, floor)),
  ).toEqual([false, false, false, false, false]);
});

it('reads addresses', () => {
  expect(addressOf('nats://127.0.0.1:4222')).toEqual({
    servers: ['127.0.0.1:4222'],
    replicas: 1,
    login: null,
    desk: null,
  });
  expect(addressOf('nats://me:s%40fe@n1:4222,n2:4222/?replicas=3')).toEqual({
    servers: ['n1:4222', 'n2:4222'],
    replicas: 3,
    login: { kind: 'password', user: 'me', pass: 's@fe' },
    desk: null,
  });
  expect(addressOf('nats://n1:4222?nkey=keys/a.seed&desk=keys/desk.seed')).toMatchObject({
    login: { kind: 'nkey', seedFile: 'keys/a.seed' },
    desk: { kind: 'nkey', seedFile: 'keys/desk.seed' },
  });
  expect(addressOf('nats://a:b@n1:4222?desk-login=desk:s:t').desk).toEqual({
    kind: 'password',
    user: 'desk',
    pass: 's:t',
  });
  for (const url of ['nats://', 'nats://a,,b', 'nats://a?replicas=2', 'nats://a?replicas=x']) {
    expect(() => addressOf(url), url).toThrow(/Not a server's address/);
  }
});

it('fills in the declarations', () => {
  const ledger = 'run-1' as LedgerId;
  expect(logStream(ledger)).toMatchObject({
    name: 'DAYBOOK_run-1',
    subjects: ['daybook.run-1.log'],
    deny_delete: true,
    deny_purge: true,
  });
  expect(stepsConsumer(ledger, 'UBOB' as ActorId)).toMatchObject({
    durable_name: 'UBOB',
    filter_subject: 'daybook.run-1.step.UBOB.*',
  });
  expect(subjectsOf(ledger).command).toBe('daybook.run-1.command');
  expect(() => logStream('no.token' as LedgerId)).toThrow(/not a ledger id/);
});

it('tells no password in what it refuses', () => {
  const url = 'nats://me:secret@a?replicas=2&desk-login=desk:hidden';
  expect(() => addressOf(url)).toThrow(/^(?!.*(secret|hidden)).*Not a server's address/);
});

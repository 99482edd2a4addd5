import { describe, expect, it } from 'vitest';
import { permissionsWith, subjectsOf, logMirror, type ServerRole } from './declarations.ts';
import { accountsBlock, allowedTo, type Party } from './permissions.ts';
import { digestOf } from '../../events/digest.ts';
import type { ActorId, LedgerId } from '../../events/ids.ts';
import { encodePublicKey } from '../../events/nkey.ts';

const LEDGER = 'main' as LedgerId;

/** A key whose seed nobody has, so that the sample admits nobody. */
const orphanKey = (name: string): ActorId =>
  encodePublicKey('user', Buffer.from(digestOf(Buffer.from(name)).slice(7), 'hex')) as ActorId;

const party = (role: ServerRole, name: string = role): Party => ({
  role,
  name,
  actor: orphanKey(name),
});

const everybody = [
  party('authority'),
  party('desk'),
  party('operator'),
  party('worker', 'worker1'),
  party('worker', 'worker2'),
  party('validator', 'validator1'),
  party('auditor'),
  party('explorer'),
];

/** Whether a NATS subject, wildcards and all, lies within a pattern. */
function covers(pattern: string, subject: string): boolean {
  const [wide, narrow] = [pattern.split('.'), subject.split('.')];
  for (const [n, token] of wide.entries()) {
    const found = narrow[n];
    if (token === '>') return found !== undefined;
    if (found === undefined || found === '>') return false;
    if (token !== '*' && token !== found) return false;
  }
  return wide.length === narrow.length;
}
const overlaps = (a: string, b: string): boolean => covers(a, b) || covers(b, a);

const may = (one: Party, subject: string): boolean =>
  allowedTo(LEDGER, one).publish.some((pattern) => overlaps(pattern, subject));

// After a change of the declarations: vitest run <this file> -u, and look at the difference.
it('are in the sample as they are made today', async () => {
  const file = '../../../streams/server/accounts.sample.conf';
  await expect(accountsBlock(LEDGER, everybody)).toMatchFileSnapshot(file);
});

describe('what is declared', () => {
  it('names rights that are there, uses each, and leaves no hole unfilled', () => {
    const { rights, roles } = permissionsWith({});
    const used = new Set(Object.values(roles).flatMap((role) => role.rights));
    expect([...used].toSorted()).toEqual(Object.keys(rights).toSorted());
    for (const one of everybody) {
      const { publish, subscribe } = allowedTo(LEDGER, one);
      expect([...publish, ...subscribe].filter((subject) => /[{}]/.test(subject))).toEqual([]);
    }
  });

  it('has the log in the authority’s hands alone, and its account to itself', () => {
    const { log } = subjectsOf(LEDGER);
    expect(everybody.filter((one) => may(one, log)).map(({ role }) => role)).toEqual(['authority']);
    const { roles } = permissionsWith({});
    const inLog = Object.entries(roles).filter(([, { account }]) => account === 'LOG');
    expect(inLog.map(([role]) => role)).toEqual(['authority']);
  });

  it('has what destroys in the operator’s hands alone', () => {
    const calls = ['STREAM.UPDATE', 'STREAM.DELETE', 'STREAM.PURGE', 'STREAM.MSG.DELETE'];
    for (const call of calls) {
      const able = everybody.filter((one) => may(one, `$JS.API.${call}.DAYBOOK_main_STEPS`));
      expect(able.map(({ role }) => role)).toEqual(['operator']);
    }
  });

  it('keeps workers out of each other’s steps, and everybody out of others’ inboxes', () => {
    const [mine, other] = [party('worker', 'worker1'), party('worker', 'worker2')];
    const theirs = `$JS.API.CONSUMER.MSG.NEXT.DAYBOOK_main_STEPS.${other.actor}`;
    expect([may(mine, theirs), may(other, theirs)]).toEqual([false, true]);
    for (const listener of everybody) {
      const heard = allowedTo(LEDGER, listener).subscribe;
      const others = everybody.filter((one) => one.actor !== listener.actor);
      for (const { actor } of others)
        expect(heard.some((pattern) => overlaps(pattern, `_INBOX.${actor}.>`))).toBe(false);
    }
  });

  it('feeds the mirror by the subjects that are declared', () => {
    const { origin, mirrored } = subjectsOf(LEDGER);
    expect(logMirror(LEDGER).mirror?.external).toEqual({ api: origin, deliver: mirrored });
  });
});

it('takes no name that would be a wildcard', () => {
  for (const name of ['*', '>', 'a.b', '', 'a b'])
    expect(() =>
      allowedTo(LEDGER, { ...party('worker'), name, passwordVariable: 'SECRET' }),
    ).toThrow(/not a name/);
});

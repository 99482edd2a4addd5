import { expect, it } from 'vitest';
import { generateKey } from '../events/nkey.ts';
import type { Statement } from '../events/statement.ts';
import { signStatement, verifyStatement } from '../events/statement.ts';
import { Chance } from './chance.ts';
import { KnownSignatures } from './known-signatures.ts';

const known = new KnownSignatures();
const key = (name: string) => known.of(generateKey(new Chance(name).bytes(32)));
const [author, other] = [key('author'), key('other')];
const statement = {
  actor: author.actor,
  commandid: 'c',
  data: { n: 1 },
  source: '/ledgers/l',
  subject: 's',
  type: 't',
} as unknown as Statement;

it('says of every signature what the full check says', () => {
  const sig = signStatement(author, statement);
  const cases: [Statement, string][] = [
    [statement, sig],
    [{ ...statement, data: { n: 2 } }, sig],
    [{ ...statement, actor: other.actor }, sig],
    [statement, signStatement(other, { ...statement, actor: other.actor })],
    [statement, sig.replace(/^./, (first) => (first === 'A' ? 'B' : 'A'))],
    [statement, 'no signature'],
  ];
  expect(cases.map(([said, by]) => known.verify(said, by))).toEqual(
    cases.map(([said, by]) => verifyStatement(said, by)),
  );
  expect(known.verify(statement, sig)).toBe(true);
});

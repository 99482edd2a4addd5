import * as fc from 'fast-check';
import * as E from 'fp-ts/lib/Either.js';
import { describe, expect, it } from 'vitest';
import { anyCharacter } from '../testing/any-character.ts';
import { decodeEntry, encodeEntry } from './entry.ts';
import type { Entry } from './entry.ts';
import type { CommandId, EntrySequence } from './ids.ts';
import { generateKey } from './nkey.ts';
import { signStatement, statementBytes, verifyEntrySignature } from './statement.ts';
import type { Statement } from './statement.ts';

const key = generateKey(new Uint8Array(32).fill(1));
const STATEMENT: Statement = {
  type: 'daybook.contribution.submitted.v1',
  subject: 'run/r1/window/3',
  source: '/ledgers/demo',
  actor: key.actor,
  commandid: 'cmd-9' as CommandId,
  data: { steps: 100, loss: 2.5, digest: 'sha256:ab' },
};
const ENTRY: Entry = {
  ...STATEMENT,
  id: 'e-0',
  time: '2026-11-02T03:04:05.678Z',
  sequence: 0 as EntrySequence,
  sig: signStatement(key, STATEMENT),
};

describe("the author's statement", () => {
  it('is these bytes and this signature', () => {
    expect(new TextDecoder().decode(statementBytes(STATEMENT))).toBe(
      'daybook.statement.v1\n' +
        '{"actor":"UCFIRY65OQE7DFP5KLNS2PF2LVZMUZYJX4OZIEQ36N2IQANUB5XVZ45L","commandid":"cmd-9",' +
        '"data":{"digest":"sha256:ab","loss":2.5,"steps":100},"source":"/ledgers/demo",' +
        '"subject":"run/r1/window/3","type":"daybook.contribution.submitted.v1"}',
    );
    // Made and checked a second time with another Ed25519 implementation (pyca/cryptography).
    expect(ENTRY.sig).toBe(
      'uCCzNqQNnneqC9uZ/cL/Qjvpx9aQwltlKx4PJof4RYLBLSBrJnP4KkYPnTX9EDOLfU2osNvfp1YsPmiVP2p2Dg==',
    );
  });

  it('is verified from the entry alone, whatever the authority set', () => {
    const placed = { ...ENTRY, id: 'e-7', sequence: 7 as EntrySequence, causationid: 'e-1' };
    const decoded = decodeEntry(encodeEntry(placed));
    if (E.isLeft(decoded)) throw new Error(decoded.left.message);
    expect(verifyEntrySignature(decoded.right)).toBe(true);
  });

  it('breaks when any attribute the author knew is altered, and is absent when unsigned', () => {
    const other = generateKey(new Uint8Array(32).fill(2)).actor;
    expect(verifyEntrySignature({ ...ENTRY, data: { ...ENTRY.data, steps: 101 } })).toBe(false);
    expect(verifyEntrySignature({ ...ENTRY, type: 'daybook.contribution.rejected.v1' })).toBe(
      false,
    );
    expect(verifyEntrySignature({ ...ENTRY, subject: 'run/r1/window/4' })).toBe(false);
    expect(verifyEntrySignature({ ...ENTRY, source: '/ledgers/other' })).toBe(false);
    expect(verifyEntrySignature({ ...ENTRY, commandid: 'cmd-8' as CommandId })).toBe(false);
    expect(verifyEntrySignature({ ...ENTRY, actor: other })).toBe(false);
    expect(verifyEntrySignature({ ...ENTRY, sig: 'AAAA' })).toBe(false);
    const { sig: _, ...unsigned } = ENTRY;
    expect(verifyEntrySignature(unsigned)).toBe(false);
  });

  it('signs any JSON an entry can carry', () => {
    const data = fc.dictionary(
      fc.string({ unit: anyCharacter }),
      fc.jsonValue({ stringUnit: anyCharacter }),
    );
    fc.assert(
      fc.property(data, (value) => {
        const statement = { ...STATEMENT, data: value as Statement['data'] };
        const line = encodeEntry({ ...ENTRY, ...statement, sig: signStatement(key, statement) });
        const decoded = decodeEntry(line);
        expect(E.isRight(decoded) && verifyEntrySignature(decoded.right)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('is signed by nobody else', () => {
    const other = generateKey(new Uint8Array(32).fill(2));
    expect(() => signStatement(other, STATEMENT)).toThrow(/only its own/);
  });
});

/**
 * An audit holds pieces of a recording, never all of it: with artifacts, of a good one and of a
 * damaged one, and for the report. What it holds is counted, for who keeps every entry in any other
 * form would pass for one who read in pieces.
 */
import { queryObjects } from 'node:v8';
import { describe, expect, it } from 'vitest';
import type { Artifacts } from '../../commands/ports/artifacts.ts';
import { beatingLedger } from '../../testing/beating-ledger.ts';
import { LentRecording } from '../../testing/lent-recording.ts';
import type { AuditReport } from './audit.ts';
import { audit } from './audit.ts';
import { auditReport } from './report.ts';
import type { Recorded } from './recorded-lines.ts';
import { WeightsAudit } from './weights.ts';

/** Two reads of a file and a part of one. */
const { ndjson, checkpoint } = beatingLedger(7500);
const ENTRIES = ndjson.reduce((count, byte) => count + Number(byte === 0x0a), 0);

const nothing: Artifacts = {
  put: () => Promise.reject(new Error('nothing is stored')),
  get: () => Promise.reject(new Error('nothing is there')),
  has: async () => false,
  list: async function* () {},
  close: async () => {},
};

/** After a collection. An entry that is held is two of them at least, itself and its data. */
const objectsHeld = (): number => queryObjects(Object, { format: 'count' }) as unknown as number;

const audited = (recorded: Recorded, onCheck: (name: string) => void = () => {}) =>
  audit({
    ndjson: recorded,
    checkpoint,
    verifierKey: null,
    books: null,
    weights: new WeightsAudit(nothing, []),
    nowMs: () => 0,
    onCheck: ({ name }) => onCheck(name),
    onProgress: () => {},
  });

/** The last heartbeat is of a session that never was. */
function forged(): Uint8Array {
  const bytes = new Uint8Array(ndjson);
  bytes[Buffer.from(bytes.buffer).lastIndexOf('"session":1') + '"session":'.length] = 0x32;
  return bytes;
}

const statuses = ({ checks }: AuditReport): string[] =>
  checks.map(({ name, status, sequence }) =>
    [name, status, sequence].filter((part) => part !== null).join(' '),
  );

describe('a recording that holds', () => {
  it('is read once, and its report is written of what was read', async () => {
    const lent = new LentRecording(ndjson);
    const report = await audited(lent);
    expect(report.checks.filter(({ status }) => status !== 'ok')).toEqual([]);
    expect(report.size).toBe(ENTRIES);
    expect(await auditReport(lent, checkpoint, report)).toContain(
      'Every check that was made holds.',
    );
    expect(lent.readings).toBe(1);
  });

  it('leaves none of its entries behind', async () => {
    const before = objectsHeld();
    const held = new Map<string, number>();
    await audited(new LentRecording(ndjson), (name) => held.set(name, objectsHeld() - before));
    // Ids of recent commands in two books, and the entries that the machine has not folded twice yet.
    expect(held.get('entries')).toBeLessThan(3 * ENTRIES);
    const later = Math.max(...held.values()) - (held.get('entries') ?? 0);
    expect([...held.keys()]).toContain('final checkpoint');
    expect(later).toBeLessThan(ENTRIES / 10);
  });
});

describe('a recording that does not hold', () => {
  it('is read again in pieces, to name the entry and for the report', async () => {
    const lent = new LentRecording(forged());
    const report = await audited(lent);
    expect(statuses(report).slice(0, 5)).toEqual([
      'entries ok',
      'tree failed',
      `checkpoint signature failed ${ENTRIES - 1}`,
      `author signatures failed ${ENTRIES - 1}`,
      `transitions failed ${ENTRIES - 1}`,
    ]);
    const readings = lent.readings;
    expect(await auditReport(lent, checkpoint, report)).toContain('checks fail.');
    expect(lent.readings).toBe(readings + 1);
    expect(await auditReport(forged(), checkpoint, report)).toBe(
      await auditReport(lent, checkpoint, report),
    );
  });

  it('leaves none of its entries behind', async () => {
    const bytes = forged();
    const report = await audited(new LentRecording(bytes));
    const before = objectsHeld();
    const held: number[] = [];
    const lent = new LentRecording(bytes, () => held.push(objectsHeld() - before));
    await auditReport(lent, checkpoint, report);
    expect(held).toHaveLength(3);
    expect(Math.max(...held)).toBeLessThan(ENTRIES / 10);
  });
});

/** The verbs of `daybook export` on a run that is kept: files, stdout, exit codes. */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { verifySignature } from '../../events/nkey.ts';
import type { ActorId } from '../../events/ids.ts';
import type { Envelope } from '../../roles/exports/attestation/dsse.ts';
import { pae } from '../../roles/exports/attestation/dsse.ts';
import { tables } from '../../roles/exports/tables/catalogue.ts';
import { verbHere } from '../../testing/verb-here.ts';

const base = fileURLToPath(new URL('../../../fixtures/runs/open/recording', import.meta.url));
const source = ['--recording', base];
const folder = mkdtempSync(join(tmpdir(), 'daybook-exports-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);

describe('daybook export', () => {
  it('parquet and csv write a file a table, or print the one that is named', async () => {
    const parquet = await verbHere('export', 'parquet', ...source, '-o', at('parquet'));
    const csv = await verbHere('export', 'csv', ...source, '-o', at('csv'));
    const one = await verbHere('export', 'csv', ...source, '--table', 'windows');
    const none = await verbHere('export', 'csv', ...source);
    expect([parquet.code, csv.code, one.code, none.code]).toEqual([0, 0, 0, 2]);
    const named = (ending: string) => Object.keys(tables).map((name) => `${name}.${ending}`);
    expect(readdirSync(at('parquet')).sort()).toEqual(named('parquet').sort());
    expect(readdirSync(at('csv')).sort()).toEqual(named('csv').sort());
    expect(one.out).toBe(readFileSync(at('csv/windows.csv'), 'utf8'));
  });

  it('in-toto signs a statement a checkpoint with the key that it is given', async () => {
    const made = await verbHere('keys', 'new', at('operator.seed'), '-o', 'json');
    expect(made.code).toBe(0);
    const verb = ['export', 'in-toto', ...source];
    const signed = await verbHere(...verb, '--key', at('operator.seed'));
    const bare = await verbHere(...verb);
    const envelopes = signed.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Envelope);
    const bodies = envelopes.map(({ payload }) => Buffer.from(payload, 'base64'));
    expect(bodies.map((body) => `${body.toString('utf8')}\n`).join('')).toBe(bare.out);
    envelopes.forEach(({ payloadType, signatures }, index) => {
      const [{ keyid, sig } = { keyid: '', sig: '' }] = signatures;
      const message = pae(payloadType, bodies[index] as Buffer);
      expect(verifySignature(keyid as ActorId, message, Buffer.from(sig, 'base64'))).toBe(true);
    });
  });

  it('hledger, model-card and visualization write what they are asked to, with refusals by code', async () => {
    const journal = await verbHere('export', 'hledger', ...source, '-o', at('run.journal'));
    const card = await verbHere('export', 'model-card', ...source);
    const view = await verbHere('export', 'visualization', ...source, '-o', at('view'));
    const unknown = await verbHere('export', 'model-card', ...source, '--run', 'other');
    const missing = await verbHere('export', 'hledger');
    expect([journal, card, view, unknown, missing].map(({ code }) => code)).toEqual([
      0, 0, 0, 1, 2,
    ]);
    expect(readFileSync(at('run.journal'), 'utf8')).toContain('commodity 1000.000000 MONEY');
    expect(card.out.startsWith('---\nlibrary_name: "daybook"\n')).toBe(true);
    expect(readdirSync(at('view'))).toHaveLength(4);
    expect(unknown.err).toContain('refused: run_unknown: no run is called other');
  });
});

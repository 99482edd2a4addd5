/**
 * Every run in fixtures/runs/ still replays to its recorded books, still audits to its last weight, and
 * still has the report that was written of it. Never record one again to make this pass; a report
 * whose form has changed is written anew by scripts/retain-runs.ts.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../events/digest.ts';
import { splitRecording } from '../events/recording.ts';
import { auditReport } from '../roles/audit/report.ts';
import { Rebuild } from '../roles/rebuild.ts';
import { LentRecording } from '../testing/lent-recording.ts';
import { canonicalJson } from '../events/canonical-json.ts';
import type { JsonValue } from '../events/canonical-json.ts';
import { auditRetained, fileOf, retainedRuns, runFolder } from './retained-runs.ts';

it('there are runs', () => {
  expect(retainedRuns()).toContain('curated');
});

describe.each(retainedRuns())('the retained run %s', (name) => {
  it('replays to its recorded books', () => {
    const rebuild = new Rebuild();
    for (const line of splitRecording(fileOf(name, 'ndjson'))) rebuild.add(line);
    const books = fileOf(name, 'books.json').toString('utf8');
    expect(canonicalJson(rebuild.books as unknown as JsonValue)).toBe(books);
    expect(digestOf(Buffer.from(books))).toBe(fileOf(name, 'books.digest').toString('utf8').trim());
  });

  it('audits, its weights computed again, and has the report it had', async () => {
    const lent = new LentRecording(fileOf(name, 'ndjson'));
    const audited = await auditRetained(name, lent);
    expect(audited.checks.filter(({ status }) => status !== 'ok')).toEqual([]);
    const report = await auditReport(lent, fileOf(name, 'checkpoint').toString('utf8'), audited);
    expect(report).toBe(readFileSync(`${runFolder(name)}report.md`, 'utf8'));
  });

  it('has a report in which a changed log does not hold', async () => {
    const ndjson = Buffer.from(fileOf(name, 'ndjson'));
    const at = ndjson.indexOf('"lossFirstMicroNats":') + '"lossFirstMicroNats":'.length;
    ndjson[at] = ndjson[at] === 0x31 ? 0x32 : 0x31;
    const audited = await auditRetained(name, new LentRecording(ndjson));
    const report = await auditReport(ndjson, fileOf(name, 'checkpoint').toString('utf8'), audited);
    expect(report).toMatch(/\*\*\d+ of \d+ checks fail\.\*\*/);
    expect(report).toMatch(/\| tree +\| failed/);
  });
});

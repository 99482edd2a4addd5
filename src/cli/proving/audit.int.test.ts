/** `audit` of a file that Node would not read into memory: more than 2 GiB, most of them no disk's. */
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import type { Check } from '../../roles/audit/check.ts';
import { ndjsonOf, signedHead, storyLines } from '../../testing/signed-story.ts';
import { verbHere } from '../../testing/verb-here.ts';

const folder = mkdtempSync(join(tmpdir(), 'daybook-audit-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('names the entry that is bad, reports, and forgets no head', async () => {
  const base = join(folder, 'run');
  const [report, head] = [join(folder, 'report.md'), join(folder, 'head.note')];
  writeFileSync(`${base}.ndjson`, ndjsonOf(storyLines));
  writeFileSync(`${base}.checkpoint`, signedHead(storyLines));
  const outputs = ['--report', report, '--remember', head, '-o', 'json'];
  const good = await verbHere('audit', base, ...outputs);
  expect(good.code).toBe(0);
  expect(readFileSync(report, 'utf8')).toContain('Every check that was made holds.');
  // A line of nothing, after the last entry.
  truncateSync(`${base}.ndjson`, 2 ** 31 + 1);
  const { code, out } = await verbHere('audit', base, ...outputs);
  expect(code).toBe(3);
  const found = (JSON.parse(out) as Check[]).map(({ name, status, sequence }) => [
    name,
    status,
    sequence,
  ]);
  expect(found).toContainEqual(['entries', 'failed', storyLines.length]);
  expect(found).toContainEqual(['remembered head', 'skipped', null]);
  expect(readFileSync(report, 'utf8')).toContain('checks fail.');
  expect(readFileSync(head, 'utf8')).toBe(signedHead(storyLines));
});

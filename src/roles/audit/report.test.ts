/** Whatever was done to a log, it has a report, and the report says that it does not hold. */
import { expect, it } from 'vitest';
import { auditAlone } from '../../testing/audit-alone.ts';
import { LentRecording } from '../../testing/lent-recording.ts';
import { ndjsonOf, signedHead, storyLines } from '../../testing/signed-story.ts';
import { auditReport } from './report.ts';

const checkpoint = signedHead(storyLines);
const half = Math.floor(storyLines.length / 2);
const line = storyLines[half] as Uint8Array;

async function reportOf(lines: readonly Uint8Array[]): Promise<string> {
  const ndjson = new LentRecording(ndjsonOf(lines));
  return auditReport(ndjson, checkpoint, await auditAlone(ndjson, checkpoint));
}

it('a log that holds has a report that says so', async () => {
  const report = await reportOf(storyLines);
  expect(report).toContain('# Audit of ledger desk\n\nEvery check that was made holds.');
  expect(report).toContain('## Run r\n');
});

it.each([
  ['without an entry', storyLines.toSpliced(half, 1)],
  ['with an entry twice', storyLines.toSpliced(half, 0, line)],
  [
    "with two entries in each other's place",
    storyLines.with(half, storyLines[0] as Uint8Array).with(0, line),
  ],
  ['with a line that is no entry', storyLines.with(half, Buffer.from('{}'))],
  ['of no entries', []],
])('a log %s has a report without books', async (_, lines) => {
  const report = await reportOf(lines);
  expect(report).toMatch(/\*\*\d+ of \d+ checks fail\.\*\*/);
  expect(report).toContain('# Audit of ledger unknown');
  expect(report).not.toContain('## Run');
});

it('a log that breaks the rules is reported as it says', async () => {
  const text = Buffer.from(ndjsonOf(storyLines)).toString('utf8');
  const at = text.lastIndexOf('"session":1');
  const broken = `${text.slice(0, at)}"session":7${text.slice(at + '"session":1'.length)}`;
  const lines = broken.trimEnd().split('\n');
  const report = await reportOf(lines.map((one) => Buffer.from(one)));
  expect(report).toMatch(/\| transitions +\| failed/);
  expect(report).toContain('## Run r\n');
});

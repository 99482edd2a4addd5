/**
 * A recording longer than what Node reads into memory at once (2 GiB). It is a hole in a file, which
 * takes no room on disk: entries that hold, and one line of zeros. So each verb gets through all of the
 * file where it has to, and judges what is there.
 */
import {
  closeSync,
  mkdtempSync,
  openSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ndjsonOf, signedHead, storyLines } from '../../testing/signed-story.ts';
import { verbHere } from '../../testing/verb-here.ts';

const BYTES = 2 ** 31 + 4096;
const folder = mkdtempSync(join(tmpdir(), 'daybook-long-'));
const path = join(folder, 'long');
const { length } = storyLines;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeAll(() => {
  writeFileSync(`${path}.ndjson`, ndjsonOf(storyLines));
  writeFileSync(`${path}.checkpoint`, signedHead(storyLines));
  truncateSync(`${path}.ndjson`, BYTES);
  const file = openSync(`${path}.ndjson`, 'r+');
  writeSync(file, '\n', BYTES - 1);
  closeSync(file);
});

it.each([
  ['replay --at', ['replay', path, '--at', '20', '-o', 'json'], 0, '"size": 21'],
  ['replay', ['replay', path], 3, `Entry ${length}: an entry has at most 262144 bytes`],
  ['log show', ['log', 'show', '20', path], 1, `Entry ${length}: an entry has at most`],
  ['log tail', ['log', 'tail', path], 1, `Entry ${length}: an entry has at most`],
  ['prove', ['prove', '20', path], 3, `counts ${length} entries, there are ${length + 1}`],
])('%s reads as far as it has to', async (_, args, code, told) => {
  const ended = await verbHere(...args);
  expect(`${ended.out}${ended.err}`).toContain(told);
  expect(ended.code).toBe(code);
});

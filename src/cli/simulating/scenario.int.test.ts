/** `daybook scenario`: lists, plays, says what was met, and fails when something is not. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { verbHere } from '../../testing/verb-here.ts';

const library = fileURLToPath(new URL('../../../scenarios/', import.meta.url));
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daybook-scenario-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

it('lists what there is', async () => {
  const { code, out } = await verbHere('scenario', '--list');
  expect(code).toBe(0);
  expect(out).toMatch(/^copycat +The copycat$/m);
  expect(JSON.parse((await verbHere('scenario', '--list', '--json')).out)).toContainEqual({
    name: 'churn-storm',
    title: 'The churn storm',
    on: null,
    ok: null,
    checks: [],
    findings: null,
  });
});

it('tells a story, and how it went', async () => {
  const { code, out } = await verbHere('scenario', 'copycat');
  expect(code).toBe(0);
  expect(out).toMatch(/^The copycat$/m);
  expect(out).toMatch(/mallory \(copied-delta\)/);
  expect(out).toMatch(/^ok {2}rejected +mallory for altered_after_training, digest_mismatch$/m);
  expect(out).toMatch(/^13 of 13 expectations met$/m);
});

it('plays in a folder, and leaves the ledger there', async () => {
  const { code, out } = await verbHere('scenario', 'copycat', '--on', `file:${folder}`, '--json');
  expect(code).toBe(0);
  const [told] = JSON.parse(out) as { name: string; ok: boolean; findings: { audit: string } }[];
  expect(told).toMatchObject({ name: 'copycat', ok: true, findings: { audit: 'ok' } });
  expect((await readdir(folder)).filter((name) => name.startsWith('story-copycat-'))).toHaveLength(
    1,
  );
});

it('fails where a story does not come out as it says', async () => {
  const story = JSON.parse(await readFile(join(library, 'copycat.json'), 'utf8')) as {
    expect: object;
  };
  const file = join(folder, 'hopeful.json');
  const hopeful = { ...story, expect: { ...story.expect, rejected: {}, promoted: 4 } };
  await writeFile(file, JSON.stringify(hopeful));
  const { code, out, err } = await verbHere('scenario', file);
  expect(code).toBe(1);
  expect(out).toMatch(/^NOT promoted +4, but 3$/m);
  expect(out).toMatch(/^NOT rejected +nobody, but mallory for /m);
  expect(err).toMatch(/not as told: hopeful/);
});

it.each([
  [['scenario', 'nobody'], 'there is no story "nobody"'],
  [['scenario', 'nowhere.json'], 'there is no such file'],
  [['scenario'], '--list says which there are'],
  [['scenario', 'copycat', '--all'], '--list says which there are'],
  [['scenario', 'copycat', '--on', 'moon'], '--on: simulation'],
])('%j is a usage error', async (args, message) => {
  const { code, err } = await verbHere(...args);
  expect(code).toBe(2);
  expect(err).toContain(message);
});

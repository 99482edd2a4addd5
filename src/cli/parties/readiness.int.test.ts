/** `daybook readiness` on a recording of a mesh: what it prints, and what its exit code says. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { verbHere } from '../../testing/verb-here.ts';
import type { Desk } from '../../testing/desk.ts';
import { pinnedPolicyStory } from '../../testing/pinned-policy-story.ts';
import { meshStory } from '../../testing/stories/mesh.ts';

const folder = mkdtempSync(join(tmpdir(), 'readiness-'));
afterAll(() => rmSync(folder, { recursive: true }));

function recorded(name: string, { lines }: Desk): string {
  const path = join(folder, `${name}.ndjson`);
  writeFileSync(path, Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')])));
  return path;
}

it('tells of everybody, and fails for those asked for who are not there yet', async () => {
  const recording = ['--recording', recorded('mesh', meshStory()), '-q'];
  const all = await verbHere('readiness', ...recording, '-o', 'json');
  expect(all.code).toBe(0);
  const told = JSON.parse(all.out) as { name: string; ready: boolean }[];
  expect(told).toHaveLength(9);
  const ready = told.find((one) => one.ready)?.name ?? '';
  const late = told.find((one) => !one.ready)?.name ?? '';
  expect((await verbHere('readiness', ready, ...recording)).code).toBe(0);
  const failed = await verbHere('readiness', ready, late, ...recording);
  expect(failed.code).toBe(1);
  expect(failed.err).toContain(`not ready: ${late}`);
  expect(failed.out).toContain('missing');
});

it('has nothing to tell where the policy has no stages', async () => {
  const path = recorded('plain', pinnedPolicyStory());
  const { code, err } = await verbHere('readiness', '--recording', path);
  expect(code).toBe(1);
  expect(err).toContain('has no stages');
});

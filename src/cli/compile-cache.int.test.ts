/** What a start leaves for the next one, and that it starts without that, too. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'daybook-compiled-'));
afterAll(() => rmSync(folder, { recursive: true }));

const started = (env: NodeJS.ProcessEnv) =>
  spawnSync(process.execPath, [main, '--version'], { env, encoding: 'utf8' });

it('keeps what it compiled in the folder of the user, for nobody else', () => {
  expect(started({ XDG_CACHE_HOME: folder })).toMatchObject({ status: 0, stderr: '' });
  const kept = join(folder, 'daybook/compiled');
  expect(statSync(kept).mode & 0o777).toBe(0o700);
  expect(readdirSync(kept, { recursive: true }).length).toBeGreaterThan(100);
});

it('starts where there is no place for it', () => {
  const file = join(folder, 'file');
  writeFileSync(file, '');
  for (const env of [{}, { XDG_CACHE_HOME: file }])
    expect(started(env)).toMatchObject({ status: 0, stderr: '' });
});

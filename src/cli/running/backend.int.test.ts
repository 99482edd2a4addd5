/** Kernels that a machine lacks are told by a code that the pages explain. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { startDaybookIn } from '../../testing/daybook-process.ts';
import { keyNamed } from '../../testing/desk.ts';
import { EXIT } from '../terminal/exit.ts';

const folder = mkdtempSync(join(tmpdir(), 'daybook-backend-'));
afterAll(() => rmSync(folder, { recursive: true }));

it('ends a worker whose device is not there with the code of what is missing', async () => {
  const key = join(folder, 'worker.nk');
  writeFileSync(key, `${keyNamed('worker').seed()}\n`, { mode: 0o600 });
  const noDriver = { VK_DRIVER_FILES: join(folder, 'nowhere.json') };
  const log = `file:${join(folder, 'ledger')}`;
  const args = ['worker', '--log', log, '--key', key, '--backend', 'gpu'];
  const { code, err } = await startDaybookIn(noDriver, ...args).ended;
  expect(code, err).toBe(EXIT.failed);
  expect(err).toMatch(/^daybook: backend_(package|device)_missing: .+$/m);
});

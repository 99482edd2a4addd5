/** A leader of another process: stopped it leads on, dead it does not, and leaves nothing behind. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openLog } from './event-log.ts';
import { openLeadership } from './leadership.ts';
import { rejection } from '../../testing/contracts/collect.ts';
import type { LedgerId } from '../../events/ids.ts';

const LOOP = fileURLToPath(new URL('./loop.fixture.ts', import.meta.url));

it('knows the death of a leader at once, and does not take a stopped one for dead', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'daybook-'));
  const log = await openLog(folder, 'embedded-test' as LedgerId, { create: true });
  const leadership = openLeadership(folder);
  const child = spawn(process.execPath, [LOOP, 'lead', folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [holder] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    child.kill('SIGSTOP');
    const standing = await leadership.look();
    expect(standing.claim).toEqual({ holder, leaseMs: 60_000 });
    const ended = once(child, 'close');
    child.kill('SIGKILL');
    await ended;
    expect(await leadership.look()).toEqual({ revision: standing.revision, claim: null });
    expect((await readdir(folder)).filter((name) => name.startsWith('life-'))).toEqual([]);
  } finally {
    child.kill('SIGKILL');
    await leadership.close();
    await log.close();
    await rm(folder, { recursive: true });
  }
});

it('is of a ledger that is there', async () => {
  const folder = join(tmpdir(), 'daybook-that-is-not-there');
  const refused = await rejection(openLeadership(folder).claim(1000, 0));
  expect(refused).toMatchObject({ name: 'Fault', code: 'log_not_found' });
});

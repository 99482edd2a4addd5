/** A real server under the generated accounts: each role can do its work, and nothing else. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLedger } from '../open.ts';
import { playWholeRun } from '../../testing/whole-run.ts';
import { startGuarded, type GuardedServer } from '../../testing/guarded-server.ts';
import type { LedgerId } from '../../events/ids.ts';

const LEDGER = 'guarded' as LedgerId;
const ROLES = {
  authority: 'authority',
  desk: 'desk',
  operator: 'operator',
  'worker-1': 'worker',
  'worker-2': 'worker',
  'worker-3': 'worker',
  'validator-1': 'validator',
  'validator-2': 'validator',
  'validator-3': 'validator',
  auditor: 'auditor',
  explorer: 'explorer',
} as const;

describe.each(['nkey', 'password'] as const)('logins by %s', (logins) => {
  let guarded: GuardedServer;
  beforeAll(async () => {
    guarded = await startGuarded(LEDGER, ROLES, logins);
  });
  afterAll(async () => {
    await guarded.dispose();
  });

  it('play a whole run, each party with its own', async () => {
    const { size } = await playWholeRun({
      ledger: LEDGER,
      open: (name) => openLedger(guarded.urlOf(name), LEDGER, { create: name === 'authority' }),
    });
    expect(size).toBeGreaterThan(50);
  });
});

/** The authority when the key is not the ledger's. */
import { expect, it } from 'vitest';
import { MemoryWorld } from '../adapters/memory/world.ts';
import { openLedger } from '../adapters/open.ts';
import { systemClock } from '../adapters/system-clock.ts';
import { encodeCommand, signCommand } from '../commands/command.ts';
import { openingOf } from '../commands/opening.ts';
import { keyNamed, LEDGER, NONCE } from '../testing/desk.ts';
import { runAuthority } from './authority.ts';

const key = keyNamed('authority');
const opening = signCommand(
  key,
  LEDGER,
  'open',
  openingOf(LEDGER, key.actor, keyNamed('operator').actor, NONCE),
);

it('refuses to serve a ledger that another key sequences', async () => {
  const memory = new MemoryWorld(systemClock);
  const parts = await openLedger('memory:', LEDGER, { memory });
  const stop = new AbortController();
  const serving = runAuthority({ ...parts, clock: systemClock, key }, stop.signal);
  await parts.channel.request('command', encodeCommand(opening), { timeoutMs: 5000 });
  const stranger = runAuthority(
    { ...parts, clock: systemClock, key: keyNamed('stranger') },
    stop.signal,
  );
  await expect(stranger).rejects.toMatchObject({ code: 'permission_denied' });
  stop.abort();
  await serving;
});

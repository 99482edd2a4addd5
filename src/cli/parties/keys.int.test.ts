/** Keys in files: made once, shown in public only, and good for what they are for. */
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { keyFromSeed } from '../../events/nkey.ts';
import { parseVerifierKey } from '../../events/note.ts';
import { verbHere } from '../../testing/verb-here.ts';

const folder = mkdtempSync(join(tmpdir(), 'daybook-keys-'));
const file = join(folder, 'keys', 'authority.nk');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('makes a key that only its owner can use, once, and shows its public side', async () => {
  const made = await verbHere('keys', 'new', file);
  expect(made).toMatchObject({ code: 0, err: '' });
  const seed = readFileSync(file, 'utf8').trim();
  const key = keyFromSeed(seed);
  const actor = key._tag === 'Right' ? key.right.actor : null;
  expect(made.out).toBe(`${actor}\n`);
  if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);

  const again = await verbHere('keys', 'new', file);
  expect(again).toMatchObject({ code: 2, out: '' });
  expect(readFileSync(file, 'utf8').trim()).toBe(seed);

  const [shown, secret, verifier] = await Promise.all([
    verbHere('keys', 'show', file, '-o', 'json'),
    verbHere('keys', 'show', file, '--seed'),
    verbHere('keys', 'verifier', 'main', file),
  ]);
  expect(JSON.parse(shown.out)).toEqual({ actor, file, seed: null });
  expect(secret.out).toBe(`${actor}\n${seed}\n`);
  expect(parseVerifierKey(verifier.out.trim())).toMatchObject({
    right: { name: 'daybook.local/main', actor },
  });
});

it('refuses what is no key and no ledger', async () => {
  const [missing, wrong, name] = await Promise.all([
    verbHere('keys', 'show', join(folder, 'nothing')),
    verbHere('keys', 'show', new URL(import.meta.url).pathname),
    verbHere('keys', 'verifier', 'No Ledger', file),
  ]);
  expect([missing.code, wrong.code, name.code]).toEqual([2, 2, 2]);
  expect(wrong.err).toContain('is no key');
});

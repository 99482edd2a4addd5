/** What verbs end with: the code of a command line that is wrong, of what failed, of what is proven wrong. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CommanderError } from 'commander';
import { afterAll, afterEach, beforeEach, expect, it, vi } from 'vitest';
import { program } from '../program.ts';
import { EXIT, report } from './exit.ts';

const folder = mkdtempSync(join(tmpdir(), 'daybook-exit-'));
const recording = fileURLToPath(
  new URL('../../../fixtures/logs/mini-trouble.ndjson', import.meta.url),
);
const spoiled = join(folder, 'spoiled.ndjson');
copyFileSync(
  recording.replace('.ndjson', '.checkpoint'),
  spoiled.replace('.ndjson', '.checkpoint'),
);
writeFileSync(spoiled, readFileSync(recording, 'utf8').replace('"slots":3', '"slots":4'));
const away = ['--log', `file:${join(folder, 'nowhere')}`];

beforeEach(() => {
  vi.stubEnv('DAYBOOK_CONTEXT', 'none');
  for (const stream of [process.stdout, process.stderr])
    vi.spyOn(stream, 'write').mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});
afterAll(() => rmSync(folder, { recursive: true }));

/** As main.ts has it. */
async function codeOf(words: readonly string[]): Promise<number> {
  try {
    await program.parseAsync(words, { from: 'user' });
    return EXIT.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    return report(error);
  }
}

it.each([
  [EXIT.usage, ['verify', 'statement', recording, '--recording', recording, '--signer', 'op.seed']],
  [
    EXIT.usage,
    ['identity', 'admit', 'op.seed', '--name', 'a', '--role', 'worker', '--key', 'k', ...away],
  ],
])('tells how to have a public key where none was given', async (code, words) => {
  expect(await codeOf(words)).toBe(code);
  expect(process.stderr.write).toHaveBeenCalledWith(expect.stringContaining('daybook keys show'));
});

it.each([
  [EXIT.ok, ['replay', recording]],
  [EXIT.ok, ['run', 'status', '--help']],
  [EXIT.ok, ['errors', 'lookup', 'bad_signature']],
  [EXIT.usage, ['replay', join(folder, 'missing')]],
  [EXIT.failed, ['run', 'status', ...away]],
  [EXIT.failed, ['explain', 'verdict', 'moby/99/0', '--recording', recording]],
  [EXIT.failed, ['explain', 'payout', 'nobody', '--recording', recording]],
  [EXIT.usage, ['stauts']],
  [EXIT.usage, ['replay', '--nope']],
  [EXIT.usage, ['replay']],
  [EXIT.usage, ['replay', recording, ...away]],
  [EXIT.usage, ['run', 'status', recording, '-o', 'yaml']],
  [EXIT.usage, ['run', 'status', recording, '--at', '100000']],
  [EXIT.usage, ['log', 'show', '100000', recording]],
  [EXIT.usage, ['log', 'tail', recording, '--follow']],
  [EXIT.usage, ['run', 'pause', 'moby', ...away]],
  [EXIT.usage, ['run', 'pause', 'moby', ...away, '--key', join(folder, 'missing')]],
  [EXIT.usage, ['errors', 'lookup', 'bad_signatrue']],
  [EXIT.usage, ['schema', 'nothing']],
  [EXIT.usage, ['backup', 'verify', join(folder, 'missing')]],
  [EXIT.usage, ['context', 'use', 'missing']],
  [EXIT.mismatch, ['replay', spoiled]],
  [EXIT.mismatch, ['audit', spoiled]],
])('ends with %i: %j', async (code, words) => {
  expect(await codeOf(words)).toBe(code);
});

/**
 * Contexts: a file each, and a value from the flag before the environment before the context before
 * the default. In this process where the outcome is enough, as one where the words count.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startDaybookIn } from '../../testing/daybook-process.ts';
import { program } from '../program.ts';
import { Exit } from '../terminal/exit.ts';
import { whereFrom } from './fill.ts';

const folder = mkdtempSync(join(tmpdir(), 'daybook-context-'));
const at = (name: string): string => join(folder, name);
const file = (name: string): string => at(`daybook/context/${name}.json`);
const recording = new URL('../../../fixtures/logs/mini-trouble.ndjson', import.meta.url).pathname;
let printed = '';

beforeEach(() => {
  vi.stubEnv('XDG_CONFIG_HOME', folder);
  vi.stubEnv('DAYBOOK_CONTEXT', '');
  for (const name of ['LOG', 'LEDGER', 'KEY', 'VERIFIER', 'HEAD'])
    vi.stubEnv(`DAYBOOK_${name}`, '');
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(at('daybook'), { recursive: true, force: true });
});
afterAll(() => rmSync(folder, { recursive: true }));

async function run(...words: string[]): Promise<string> {
  printed = '';
  await program.parseAsync(words, { from: 'user' });
  return printed;
}

/** What it fails with. */
const failing = (...words: string[]): Promise<Error> =>
  run(...words).then(
    () => expect.fail(`${words.join(' ')} did not fail`),
    (error: unknown) => error as Error,
  );

async function newKey(): Promise<string> {
  const key = at('another.nk');
  await run('keys', 'new', key);
  return key;
}

/** Which folder a reading verb looked for a ledger in. */
async function lookedIn(...words: string[]): Promise<string> {
  const { message } = await failing('replay', ...words);
  return /There is no ledger in (\S+)\.$/.exec(message)?.[1] ?? message;
}

it('is made, listed, used, changed and removed; holds paths and no secret', async () => {
  expect(await run('context', 'ls')).toContain('there are no contexts');
  const key = at('k.nk');
  await run('keys', 'new', key);
  await run('context', 'add', 'prod', '--log', 'file:ledgers/prod', '--key', key, '--use');
  await run('context', 'add', 'test', '--log', 'nats://host:4222?nkey=k.nk', '--ledger', 'trial');
  expect(statSync(file('prod')).mode & 0o077).toBe(0);
  expect(readFileSync(file('prod'), 'utf8')).not.toContain('SU');
  const listed = JSON.parse(await run('context', 'ls', '-o', 'json')) as Record<string, unknown>[];
  expect(listed).toMatchObject([
    { name: 'prod', inUse: true, key, log: `file:${join(process.cwd(), 'ledgers/prod')}` },
    { name: 'test', inUse: false, log: `nats://host:4222?nkey=${join(process.cwd(), 'k.nk')}` },
  ]);

  await run('context', 'edit', 'test', '--ledger', '', '--description', 'for trying out');
  expect(JSON.parse(await run('context', 'show', 'test', '--json'))).toMatchObject({
    ledger: null,
    description: 'for trying out',
  });
  await run('context', 'use', 'test');
  expect(await run('context', 'show')).toContain('test, in use');

  expect(await run('context', 'rm', 'test', '--dry-run')).toContain('would remove');
  expect(existsSync(file('test'))).toBe(true);
  expect(await failing('context', 'rm', 'test')).toMatchObject({ code: 2 });
  await run('context', 'rm', 'test', '--yes');
  expect(existsSync(file('test'))).toBe(false);
  expect(await failing('context', 'show')).toMatchObject({ code: 2 });
});

describe('a value', () => {
  beforeEach(async () => {
    await run('context', 'add', 'one', '--log', `file:${at('one')}`, '--ledger', 'first', '--use');
    await run('context', 'add', 'two', '--log', `file:${at('two')}`);
  });

  it('comes from the flag, else the environment, else the context', async () => {
    expect(await lookedIn()).toBe(at('one'));
    expect(whereFrom()).toBe(`--log file:${at('one')}, --ledger first: from context one`);
    expect(await lookedIn('--context', 'two')).toBe(at('two'));
    vi.stubEnv('DAYBOOK_CONTEXT', 'two');
    expect(await lookedIn()).toBe(at('two'));
    expect(await lookedIn('--context', 'one')).toBe(at('one'));
    vi.stubEnv('DAYBOOK_LOG', `file:${at('three')}`);
    expect(await lookedIn('--context', 'one')).toBe(at('three'));
    expect(whereFrom()).toBe(`--log file:${at('three')}: from DAYBOOK_LOG`);
    expect(await lookedIn('--log', `file:${at('four')}`)).toBe(at('four'));
    expect(whereFrom()).toBeNull();
  });

  it('is not mixed: another address has not the name of the ledger of the context', async () => {
    await lookedIn('--log', `file:${at('four')}`);
    expect(whereFrom()).toBeNull();
  });

  it('is left alone where something else is read', async () => {
    const { runs } = JSON.parse(await run('replay', recording, '-o', 'json')) as {
      runs: unknown[];
    };
    expect(runs).toHaveLength(1);
    await run('run', 'status', '--recording', recording);
    expect(whereFrom()).toBeNull();
  });

  it('is missing, and it is said where it was looked for', async () => {
    const error = await failing('run', 'pause', 'moby', '--context', 'two');
    expect(error).toMatchObject({ code: 2, reason: 'setting_missing' });
    expect(error.message).toContain('--key <file> is missing');
    expect(error.message).toContain('DAYBOOK_KEY is not set, and context two has no key');
    expect(await failing('replay', '--context', 'none')).toMatchObject({ code: 2 });
  });

  it('comes from a context that is there: else the nearest name is told', async () => {
    const error = await failing('run', 'status', '--context', 'tow');
    expect(error).toMatchObject({ code: 2, reason: 'unknown_context' });
    expect(error.message).toContain('did you mean two?');
  });
});

it('has a key that is trusted for its own ledger, and said so where another is verified', async () => {
  const own = (await run('keys', 'verifier', 'elsewhere', await newKey())).trim();
  await run('context', 'add', 'one', '--log', 'file:x', '--verifier', own, '--use');
  const audit = ['audit', recording];
  const error = await failing(...audit);
  expect(error).toMatchObject({ code: 2, reason: 'verifier_of_another_ledger' });
  expect(error.message).toContain('that of daybook.local/elsewhere, and this is of daybook.local/');
  // Said here, it is held against whatever it is said for: that is a mismatch.
  expect(await failing(...audit, '--key', own)).toMatchObject({ code: 3 });
  expect(await run(...audit, '--context', 'none')).toContain('0 fail');
});

describe('is refused', () => {
  const reasonOf = async (...words: string[]): Promise<unknown> => {
    const error = await failing(...words);
    return error instanceof Exit ? [error.code, error.reason] : error;
  };

  it('with a password in it', async () => {
    for (const log of ['nats://u:p@host:4222', 'nats://host:4222?desk-login=u:p'])
      expect(await reasonOf('context', 'add', 'a', '--log', log)).toEqual([2, 'secret_in_context']);
    expect(existsSync(file('a'))).toBe(false);
  });

  it('twice, under a bad name, of nothing, with what cannot be', async () => {
    const log = ['--log', 'file:x'];
    await run('context', 'add', 'a', ...log);
    expect(await reasonOf('context', 'add', 'a', ...log)).toEqual([2, 'context_exists']);
    for (const words of [
      ['none', ...log],
      ['../b', ...log],
      ['b'],
      ['b', '--log', 'http://x'],
      ['b', ...log, '--verifier', 'x'],
      ['b', ...log, '--head', at('head')],
    ])
      expect([words, await reasonOf('context', 'add', ...words)]).toEqual([words, [2, null]]);
    const keyless = ['b', ...log, '--key', at('nowhere.nk')];
    expect(await reasonOf('context', 'add', ...keyless)).toEqual([2, 'file_unreadable']);
  });

  it('when somebody has spoilt its file', async () => {
    await run('context', 'add', 'a', '--log', 'file:x');
    for (const text of ['{', '[]', '{"log": 1}', '{"seed": "SU"}']) {
      writeFileSync(file('a'), text);
      expect(await reasonOf('run', 'status', '--context', 'a')).toEqual([2, 'bad_context']);
    }
  });
});

it('is told where it matters: by help, and by what fails', async () => {
  await run('context', 'add', 'one', '--log', `file:${at('one')}`);
  const environment = { XDG_CONFIG_HOME: folder, DAYBOOK_CONTEXT: 'one' };
  const [help, failed] = await Promise.all([
    startDaybookIn(environment, 'run', 'status', '--help').ended,
    startDaybookIn(environment, 'run', 'status').ended,
  ]);
  expect(help.out.replaceAll(/\s+/g, ' ')).toContain(
    `(env: DAYBOOK_LOG; now file:${at('one')}, from context one)`,
  );
  expect(failed).toMatchObject({ code: 1, out: '' });
  expect(failed.err).toContain(`daybook: --log file:${at('one')}: from context one`);
});

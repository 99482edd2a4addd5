/**
 * The scripts complete what the commander tree has, at every verb. Each shell runs its own where it
 * is installed, bash nearly everywhere.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { program } from '../program.ts';
import { everyVerb, treeOf } from '../reference/command-tree.ts';
import { scriptOf } from './completion.ts';
import { placeOf } from './word-list.ts';

// Contexts of whoever runs the tests are not offered in them.
const config = mkdtempSync(join(tmpdir(), 'daybook-completion-'));
mkdirSync(join(config, 'daybook/context'), { recursive: true });
for (const name of ['prod', 'staging'])
  writeFileSync(join(config, 'daybook/context', `${name}.json`), '{}');
afterAll(() => rmSync(config, { recursive: true }));
const env = { ...process.env, XDG_CONFIG_HOME: config };
const CONTEXTS = ['prod', 'staging'];

const places = everyVerb(treeOf(program)).map(placeOf);
const isThere = (shell: string): boolean => spawnSync(shell, ['--version']).status === 0;

/** One bash for all questions; each is the words of a line, the last one being completed. */
function askBash(lines: readonly (readonly string[])[]): string[][] {
  const asked = lines.map((words) => {
    const quoted = words.map((word) => `'${word}'`).join(' ');
    return `COMP_WORDS=(${quoted}); COMP_CWORD=${words.length - 1}; _daybook; echo "\${COMPREPLY[*]}"`;
  });
  const input = [scriptOf(program, 'bash'), ...asked].join('\n');
  const out = execFileSync('bash', ['--noprofile', '--norc'], { input, encoding: 'utf8', env });
  return out
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split(' ').filter((word) => word !== ''));
}

const wordsOf = (at: string): string[] => ['daybook', ...at.split('/').slice(1)];

describe.runIf(isThere('bash'))('in bash', () => {
  it('every verb offers the verbs below it, or the words of its argument', () => {
    const answers = askBash(places.map(({ at }) => [...wordsOf(at), '']));
    expect(answers).toEqual(
      places.map(({ verbs, words, namesContext }) =>
        namesContext ? CONTEXTS : [...verbs.map(({ name }) => name), ...words],
      ),
    );
  });

  it('every verb offers its flags', () => {
    const answers = askBash(places.map(({ at }) => [...wordsOf(at), '-']));
    expect(answers).toEqual(places.map(({ flags }) => flags.flatMap(({ names }) => names)));
  });

  it('a flag with choices offers them, one with another value leaves it to files', () => {
    const asked = places.flatMap(({ at, flags }) =>
      flags
        .filter(({ takesValue }) => takesValue)
        .flatMap(({ names, choices }) =>
          names.map((name) => ({
            line: [...wordsOf(at), name, ''],
            choices: name === '--context' ? CONTEXTS : choices,
          })),
        ),
    );
    expect(asked.length).toBeGreaterThan(100);
    expect(askBash(asked.map(({ line }) => line))).toEqual(asked.map(({ choices }) => choices));
  });

  it('narrows to what was begun, and sees through what came before', () => {
    expect(
      askBash([
        ['daybook', 'ex'],
        ['daybook', 'export', 'vis'],
        ['daybook', 'export', 'csv', '--recording', 'run', '--table', 'win'],
        ['daybook', 'export', 'csv', '--recording', 'run', '--tab'],
        ['daybook', 'completion', 'b'],
      ]),
    ).toEqual([
      ['explorer', 'explain', 'export'],
      ['visualization'],
      ['windows'],
      ['--table'],
      ['bash'],
    ]);
  });
});

describe.runIf(isThere('fish'))('in fish', () => {
  const ask = (line: string): string[] =>
    execFileSync(
      'fish',
      ['--no-config', '-c', `${scriptOf(program, 'fish')}\ncomplete -C '${line}'`],
      { encoding: 'utf8', env },
    )
      .split('\n')
      .map((one) => one.split('\t')[0] ?? '');

  it('offers verbs, flags and choices', () => {
    expect(ask('daybook export ')).toContain('visualization');
    expect(ask('daybook export csv --tab')).toContain('--table');
    expect(ask('daybook export csv --table win')).toContain('windows');
    expect(ask('daybook run status --context ')).toEqual(expect.arrayContaining(CONTEXTS));
    expect(ask('daybook context use ')).toEqual(expect.arrayContaining(CONTEXTS));
  });
});

describe.runIf(isThere('zsh'))('in zsh', () => {
  // The completion system's own words answer only within its widgets: here they print.
  const words = [
    'compdef() { }',
    '_files() { print FILES }',
    'compadd() { shift; print -- $@ }',
    '_describe() { print -- ${(P)2%%:*} }',
  ];
  const ask = (...line: string[]): string[] => {
    const asked = `words=(${line.map((word) => `'${word}'`).join(' ')}); CURRENT=${line.length}; _daybook`;
    const input = [...words, scriptOf(program, 'zsh'), asked].join('\n');
    return execFileSync('zsh', ['-f'], { input, encoding: 'utf8', env }).trim().split(' ');
  };

  it('offers verbs, flags, choices and files', () => {
    expect(ask('daybook', 'export', '')).toContain('visualization');
    expect(ask('daybook', 'export', 'csv', '--')).toContain('--table');
    expect(ask('daybook', 'export', 'csv', '--table', '')).toContain('windows');
    expect(ask('daybook', 'export', 'csv', '--recording', '')).toEqual(['FILES']);
    expect(ask('daybook', 'run', 'status', '--context', '')).toEqual(CONTEXTS);
    expect(ask('daybook', 'context', 'use', '')).toEqual(CONTEXTS);
  });
});

it.each(['zsh', 'fish'])('the script of %s names every verb and flag', (shell) => {
  const script = scriptOf(program, shell);
  for (const { at, flags } of places) {
    expect(script).toContain(at);
    for (const { names } of flags)
      for (const name of names)
        expect(script).toContain(shell === 'zsh' ? name : name.replace(/^--?/, ''));
  }
});

/**
 * What the pages show is either run or at least possible: a block says what it is in, and each
 * `daybook` command line in it, or in the middle of a sentence, has a verb and options that exist.
 */
import { globSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { program } from './cli/program.ts';

const root = new URL('../', import.meta.url);
const pages = globSync(['*.md', 'docs/**/*.md'], { cwd: root })
  .sort()
  .map((page) => ({ page, text: readFileSync(new URL(page, root), 'utf8') }));

/** `sh`: run, or with its reason why not. `ts`: type-checked. `js`: the text of an example. */
const LANGUAGES = ['sh', 'ts', 'js', 'text', 'sql'];

const FENCE = /^(`{3,})(.*)\n([\s\S]*?)^\1$/gm;
const CALL = /(?:\bnpm run (?:--silent )?daybook -- |(?<![\w/.-])daybook )([^|;&#)\n`]*)/g;
const DEMO = /\bnpm run demo -- ([^|;&#)\n`]*)/g;

/** Command lines of a text, as words, a line that goes on with `\` being one. */
function callsIn(text: string): string[][] {
  const lines = text.replace(/\\\n/g, ' ');
  const words = (line = ''): string[] => line.split(/\s+/).filter((word) => word !== '');
  return [
    ...[...lines.matchAll(CALL)].map(([, line]) => words(line)),
    ...[...lines.matchAll(DEMO)].map(([, line]) => ['demo', ...words(line)]),
  ];
}

/** What is wrong with it; null: nothing. */
function wrongIn(words: readonly string[]): string | null {
  const path: Command[] = [program];
  let at = 0;
  for (; at < words.length; at += 1) {
    const verb = path.at(-1)?.commands.find((one) => one.name() === words[at]);
    if (verb === undefined) break;
    path.push(verb);
  }
  const [first] = words;
  if (path.length === 1 && first !== undefined && /^[a-z]/.test(first)) return `no verb ${first}`;
  // Some verbs stand for one of those below them when none is named.
  const meant = [...path, ...(path.length === 1 ? [] : (path.at(-1)?.commands ?? []))];
  const known = ['--help', '-h', ...meant.flatMap((one) => one.options.flatMap(namesOf))];
  const unknown = words.slice(at).find((word) => /^--?[a-z]/.test(word) && !known.includes(word));
  return unknown === undefined ? null : `no option ${unknown}`;
}

const namesOf = ({ long, short }: Command['options'][number]): string[] =>
  [long, short].filter((name) => name !== undefined && name !== null);

const code = pages.flatMap(({ page, text }) => {
  const prose = text.replace(FENCE, '');
  return [
    ...[...text.matchAll(FENCE)]
      .filter(([, , language]) => language === 'sh')
      .map(([, , , block = '']) => ({ page, shown: block })),
    ...[...prose.matchAll(/`((?:daybook|npm run) [^`]*)`/g)].map(([, span = '']) => ({
      page,
      shown: span,
    })),
  ];
});

describe('the pages', () => {
  it('say of each block what language it is in', () => {
    const odd = pages.flatMap(({ page, text }) =>
      [...text.matchAll(FENCE)]
        .filter(([, , language = '']) => !LANGUAGES.includes(language))
        .map(([, , language, block = '']) => `${page}: "${language}" ${block.slice(0, 60)}`),
    );
    expect(odd.filter((one) => !one.startsWith('docs/CLI.md'))).toEqual([]);
  });

  it('show no command in a block that nobody would look at', () => {
    const indented = pages.flatMap(({ page, text }) =>
      [...text.replace(FENCE, '').matchAll(/\n\n {4,}((?:daybook|npm|node) .*)/g)].map(
        ([, line]) => `${page}: ${line}`,
      ),
    );
    expect(indented).toEqual([]);
  });

  it('name verbs and options that exist', () => {
    const wrong = code.flatMap(({ page, shown }) =>
      callsIn(shown).flatMap((words) => {
        const what = wrongIn(words);
        return what === null ? [] : [`${page}: ${words.join(' ')}: ${what}`];
      }),
    );
    expect(code.length).toBeGreaterThan(50);
    expect(wrong).toEqual([]);
  });

  it('would be found out', () => {
    expect(callsIn('x | daybook log show 1 \\\n  --nowhere; daybook fly')).toEqual([
      ['log', 'show', '1', '--nowhere'],
      ['fly'],
    ]);
    expect(wrongIn(['log', 'show', '1', '--nowhere'])).toBe('no option --nowhere');
    expect(wrongIn(['fly'])).toBe('no verb fly');
    expect(wrongIn(['log', 'show', '1', '--recording', 'x'])).toBe(null);
  });
});

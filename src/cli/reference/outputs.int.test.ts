/**
 * Every verb that reads, on recorded logs: what it prints as JSON is what its schema says, each line of
 * jsonl what the schema of lines says, and the csv has the columns that are declared. Run in this
 * process, one after the other: what counts is what is printed.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, afterEach, beforeEach, expect, it, vi } from 'vitest';
import { stories } from '../../testing/stories.ts';
import { program } from '../program.ts';
import { declaredVerbs, outputSchemas } from './output-schemas.ts';

const folder = mkdtempSync(join(tmpdir(), 'daybook-outputs-'));
const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../../fixtures/logs/${name}`, import.meta.url));

/** A story of the tests as a recording. */
function told(name: string): string {
  const path = join(folder, `${name.replaceAll(/\W/g, '-')}.ndjson`);
  const story = stories[name];
  if (story === undefined) throw new Error(`no story ${name}`);
  const { lines } = story();
  writeFileSync(path, Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')])));
  return path;
}

const trouble = fixture('mini-trouble');
const seed = join(folder, 'a.nk');
const terms = join(folder, 'terms.json');
const on = (path: string): string[] => ['--recording', path];

/** Command lines by verb; what they read is made before. */
const READ: Readonly<Record<string, readonly (() => readonly string[])[]>> = {
  'context ls': [() => []],
  'context show': [() => ['prod']],
  'log tail': [() => [trouble], () => [trouble, '-n', '0']],
  'log show': [() => ['40', trouble]],
  replay: [() => [trouble]],
  'run status': [() => [trouble]],
  'policy show': [() => [trouble], () => [told('a mesh with stages')]],
  'network status': [() => [told('a network and its council')]],
  discover: [() => [trouble], () => [told('a network by invitation')]],
  readiness: [() => on(told('a mesh with stages'))],
  audit: [() => [trouble]],
  'errors ls': [() => []],
  'errors lookup': [() => ['bad_signature'], () => ['log_corrupt'], () => ['unknown_context']],
  'explain payout': [() => ['worker-1', ...on(trouble)]],
  'explain verdict': [() => ['moby/1/0', ...on(trouble)]],
  'explain offence': [
    () => ['worker-1', ...on(told('offences, appeals and a key that signed two things'))],
  ],
  'explain promotion': [() => ['moby/1', ...on(trouble)]],
  'explain selection': [() => ['moby/1', ...on(trouble)]],
  'explain weight': [() => ['worker-1', ...on(told('windows that are scored'))]],
  'explain refusal': [() => ['stale_revision'], () => ['log_corrupt']],
  settle: [() => ['--what-if', terms, ...on(trouble)]],
  'keys show': [() => [seed], () => [seed, '--seed']],
  'keys witness': [() => ['w', seed]],
  'keys verifier': [() => ['main', seed]],
  bench: [() => ['--rounds', '1', '--threads', '1', '--dir', tmpdir()]],
  scenario: [() => ['--list']],
  simulate: [() => ['--seed', '1', '--nodes', '5', '--windows', '1']],
};

/** Verbs that sign, send, or need a server or a proof: tests of their own run them. */
const ELSEWHERE: readonly string[] = [
  'appeal',
  'backup take',
  'backup verify',
  'correction post',
  'doctor',
  'evidence submit',
  'identity consent',
  'join',
  'keys new',
  'payout verify',
  'restore',
  'verify',
  'verify statement',
];

const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
const schemas = outputSchemas(program);
const verbs = declaredVerbs(program);
let printed = '';

beforeEach(() => {
  vi.stubEnv('XDG_CONFIG_HOME', folder);
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function run(...words: string[]): Promise<string> {
  printed = '';
  await program.parseAsync(words, { from: 'user' });
  return printed;
}

it('runs every verb that is not run elsewhere, and those that only sign', () => {
  const unread = verbs
    .map(({ words }) => words.join(' '))
    .filter((verb) => READ[verb] === undefined);
  // What a signed command is answered with is one declaration.
  const answered = verbs.find(({ name }) => name === 'run-pause')?.output;
  const others = verbs
    .filter(({ output }) => output !== answered)
    .map(({ words }) => words.join(' '))
    .filter((verb) => unread.includes(verb));
  expect(answered).toBeDefined();
  const signing = ['appeal', 'correction post', 'evidence submit', 'send'];
  expect(others.toSorted()).toEqual(ELSEWHERE.filter((verb) => !signing.includes(verb)).toSorted());
});

it('prints what is declared', async () => {
  writeFileSync(terms, JSON.stringify({ fraud: { penalty: '1000' } }));
  await run('keys', 'new', seed);
  await run('context', 'add', 'prod', '--log', 'file:ledger', '--key', seed, '--use');
  const names: string[] = [];
  for (const { words, name, output } of verbs) {
    const verb = words.join(' ');
    for (const more of READ[verb] ?? []) {
      // What verbs find in a context is not theirs to read here.
      const line = ['--context', 'none', ...words, ...more()];
      const value: unknown = JSON.parse(await run(...line, '-o', 'json'));
      const whole = ajv.compile(must(`output/${name}`));
      expect([verb, whole(value), whole.errors]).toEqual([verb, true, null]);

      const lines = (await run(...line, '-o', 'jsonl')).split('\n').slice(0, -1);
      const ofLine = ajv.compile(must(`output/${name}/line`));
      for (const one of lines)
        expect([verb, ofLine(JSON.parse(one)), ofLine.errors]).toEqual([verb, true, null]);

      const rows = parseCsv(await run(...line, '-o', 'csv'));
      expect([verb, rows[0]]).toEqual([verb, output.columns.map((column) => column.name)]);
      expect(rows.filter((row) => row.length !== output.columns.length)).toEqual([]);
      // `log show` has the stored line instead of a row, and is one entry all the same.
      expect([verb, rows.length - 1]).toEqual([verb, lines.length]);
      expect((await run(...line)).length).toBeGreaterThan(verb === 'log tail' ? -1 : 0);
      names.push(verb);
    }
  }
  expect(new Set(names)).toEqual(new Set(Object.keys(READ)));
});

const must = (name: string): object => {
  const schema = schemas.get(name);
  if (schema === undefined) throw new Error(`no schema ${name}`);
  // Compiled once a case: an id may be known once only.
  const { $id: _, ...rest } = schema as Record<string, unknown>;
  return rest;
};

/** RFC 4180. */
function parseCsv(text: string): string[][] {
  const cells = /("(?:[^"]|"")*"|[^",\r\n]*)(,|\r\n)/gy;
  const rows: string[][] = [[]];
  for (const [, cell = '', end] of text.matchAll(cells)) {
    rows.at(-1)?.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);
    if (end === '\r\n') rows.push([]);
  }
  expect(rows.pop()).toEqual([]);
  return rows;
}

/**
 * What the pages tell people to type is typed here: every ```sh block of the README and of docs/ is
 * run, page by page, in a folder as a fresh clone has it. A block after `<!-- not run: <why> -->` is
 * left out; a block of text right after one is what it has to print, `...` standing for anything.
 * A ```ts block is type-checked, with what a `<!-- given: ... -->` above it declares.
 * The README comes first, and the demo run that it makes lies in the folder of every later page.
 */
import { spawn } from 'node:child_process';
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'daybook-docs-'));
const README = 'README.md';
const DEMO = 'demo-1.daybook';

interface Block {
  readonly page: string;
  /** Of its first command. */
  readonly line: number;
  readonly commands: string;
  /** Why it is left out; null: it is run. */
  readonly notRun: string | null;
  /** What it has to print; null: anything. */
  readonly prints: string | null;
}

const FENCE =
  /(?:<!-- not run: ([^>]*?) -->\s*)?^```sh\n([\s\S]*?)^```\n(?:\n```text\n([\s\S]*?)^```\n)?/gm;

const blocksOf = (page: string): Block[] => {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(FENCE)].map(
    ({ 0: whole, 1: notRun, 2: commands = '', 3: prints, index }) => {
      const before = text.slice(0, index + whole.indexOf('```sh\n') + '```sh\n'.length);
      return {
        page,
        line: before.split('\n').length,
        commands,
        notRun: notRun ?? null,
        prints: prints ?? null,
      };
    },
  );
};

const pages = [README, ...globSync('docs/**/*.md', { cwd: root }).sort()]
  .map((page) => ({ page, blocks: blocksOf(page) }))
  .filter(({ blocks }) => blocks.some(({ notRun }) => notRun === null));

/** What a page's commands see: a clone with its dependencies, and nothing of the page before. */
function clone(page: string): string {
  const folder = join(work, page.replaceAll('/', '-').replace('.md', ''));
  mkdirSync(folder);
  for (const name of ['package.json', 'package-lock.json', 'LICENSE', README])
    cpSync(join(root, name), join(folder, name));
  for (const name of [
    'src',
    'scripts',
    'bin',
    'docs',
    'examples',
    'extras',
    'fixtures',
    'scenarios',
  ])
    symlinkSync(join(root, name), join(folder, name));
  for (const name of ['streams', 'node_modules']) symlinkSync(join(root, name), join(folder, name));
  if (page !== README) cpSync(join(work, 'README', DEMO), join(folder, DEMO), { recursive: true });
  return folder;
}

/** Of the processes that the page's commands started. */
let groups: number[] = [];

function endGroups(): void {
  for (const group of groups)
    try {
      process.kill(-group, 'SIGKILL');
    } catch {
      // Nothing of it runs any more.
    }
  groups = [];
}

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly all: string;
}

/** With `daybook` on the path, as whoever installed the package has it; nobody at the terminal. */
function type(commands: string, cwd: string): Promise<Ran> {
  const path = [join(work, 'bin'), join(root, 'node_modules/.bin'), process.env['PATH'] ?? ''];
  // A group of its own, so that what a page leaves running ends with the page.
  const child = spawn('bash', ['-e', '-c', commands], {
    cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1', PATH: path.join(delimiter) },
  });
  if (child.pid !== undefined) groups.push(child.pid);
  let [out, all] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
    all += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    all += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, out, all }));
  });
}

/** `...` in what a page shows stands for anything, across lines where it is a line. */
function patternOf(prints: string): RegExp {
  const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  const lines = prints
    .trimEnd()
    .split('\n')
    .map((line) =>
      line.trim() === '...' ? '[\\s\\S]*?' : line.split('...').map(literal).join('.*'),
    );
  return new RegExp(`^${lines.join('\\n')}\\n*$`);
}

beforeAll(() => {
  mkdirSync(join(work, 'bin'));
  symlinkSync(join(root, 'bin/daybook.cjs'), join(work, 'bin/daybook'));
});
// What a page left running may not be gone yet.
afterAll(() => rmSync(work, { recursive: true, force: true, maxRetries: 10, retryDelay: 500 }));

describe.each(pages)('$page', ({ page, blocks }) => {
  let folder = '';
  beforeAll(() => {
    folder = clone(page);
  });
  afterAll(endGroups);

  it.each(blocks.filter(({ notRun }) => notRun === null))(
    'line $line does what it says',
    async ({ commands, prints }) => {
      const { code, out, all } = await type(commands, folder);
      expect(code, all).toBe(0);
      if (prints !== null) expect(out.trimStart()).toMatch(patternOf(prints));
    },
  );
});

it('shows TypeScript that has the types of the sources', async () => {
  const fence = /(?:<!-- given:\n([\s\S]*?)-->\s*)?^```ts\n([\s\S]*?)^```$/gm;
  const folder = join(work, 'typescript');
  mkdirSync(folder);
  let count = 0;
  for (const page of [README, ...globSync('docs/**/*.md', { cwd: root })])
    for (const [, given = '', shown = ''] of readFileSync(join(root, page), 'utf8').matchAll(
      fence,
    )) {
      count += 1;
      const declared = given.replaceAll("'#src/", `'${root}src/`);
      const name = `${page.replaceAll('/', '-')}-${count}.mts`;
      writeFileSync(join(folder, name), `${declared}\nexport {};\n${shown}`);
    }
  const compilerOptions = { typeRoots: [join(root, 'node_modules/@types')], noUnusedLocals: false };
  const config = { extends: join(root, 'tsconfig.json'), compilerOptions, include: ['*.mts'] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const { code, all } = await type('tsc --project .', folder);
  expect(code, all).toBe(0);
  expect(count).toBeGreaterThan(0);
});

it('gives a reason for each block that it leaves out', () => {
  const all = [README, ...globSync('docs/**/*.md', { cwd: root })].flatMap(blocksOf);
  const silent = all.filter(({ notRun }) => notRun !== null && notRun.trim().length < 10);
  expect(silent).toEqual([]);
});

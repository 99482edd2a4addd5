/**
 * The package as its users have it: packed, installed into an empty folder, imported there, its
 * command line and the examples run from there. Of src/ only the start of a nats-server is used.
 */
import { execFile, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NatsServer } from '../testing/nats-server.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'daybook-package-'));
const installed = join(home, 'node_modules/daybook');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly exports: Record<string, string | { readonly types: string; readonly default: string }>;
};
const entries = Object.keys(manifest.exports)
  .filter((path) => path !== './package.json')
  .map((path) => path.replace('.', 'daybook'));
const examples = readdirSync(join(root, 'examples')).filter((name) => name.endsWith('.mjs'));

const execute = promisify(execFile);
/** What a command prints, run in the user's folder. */
const run = async (
  program: string,
  ...args: string[]
): Promise<{ stdout: string; stderr: string }> =>
  execute(program, args, { cwd: home, env: { ...process.env, NO_COLOR: '1' } });
const node = (...args: string[]): ReturnType<typeof run> => run(process.execPath, ...args);
const cli = (...args: string[]): ReturnType<typeof run> =>
  node(join(home, 'node_modules/.bin/daybook'), ...args);

beforeAll(async () => {
  await execute('npm', ['pack', '--silent', '--pack-destination', home], { cwd: root });
  const tarball = readdirSync(home).find((name) => name.endsWith('.tgz')) ?? '';
  writeFileSync(join(home, 'package.json'), '{"private": true}\n');
  await run('npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', `./${tarball}`);
  for (const name of examples) cpSync(join(root, 'examples', name), join(home, name));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

describe('the package', () => {
  it('holds what was built and what it reads, and no sources or tests', () => {
    const files = readdirSync(installed, { recursive: true, encoding: 'utf8' });
    const folders = new Set(files.filter((file) => file.includes('/')).map((f) => f.split('/')[0]));
    expect([...folders].sort()).toEqual(['bin', 'dist', 'scenarios', 'streams']);
    expect(files).toContain('LICENSE');
    expect(files).toContain('README.md');
    expect(files.filter((file) => /\.(test|fixture)\.|(?<!\.d)\.ts$|testing\//.test(file))).toEqual(
      [],
    );
  });

  it('names only files that it has', () => {
    const wrong = Object.values(manifest.exports)
      .flatMap((target) => (typeof target === 'string' ? [target] : [target.types, target.default]))
      .filter((file) => readFileSync(join(installed, file)).byteLength === 0);
    expect(wrong).toEqual([]);
  });

  it('brings sources within its source maps', () => {
    const map = JSON.parse(
      readFileSync(join(installed, 'dist/library/connection.js.map'), 'utf8'),
    ) as {
      sourcesContent: string[];
    };
    expect(map.sourcesContent[0]).toContain('export async function connect(');
  });
});

describe('an entry', () => {
  it.each(entries)('%s does nothing when it is imported', async (entry) => {
    writeFileSync(
      join(home, 'import.mjs'),
      `import 'node:assert'; // looks whether standard error has colours, and so opens it
      const state = () => [
        Reflect.ownKeys(globalThis).map(String),
        process.getActiveResourcesInfo(),
        process.eventNames().map((name) => String(name) + process.listenerCount(name)),
        Object.entries(process.env).map(String),
      ].flat();
      const next = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
      // Reading files, this one too, is over by then: closing one takes its time on a busy machine.
      const settled = async () => {
        do await next();
        while (process.getActiveResourcesInfo().some((name) => /^(FSReq|FileHandle|CloseReq)/.test(name)));
      };
      await settled();
      const before = new Set(state());
      const entry = await import(process.argv[2]);
      await settled();
      const added = state().filter((thing) => !before.has(thing));
      if (added.length > 0) throw new Error('it left ' + added.join(', '));
      if (Object.keys(entry).length === 0) throw new Error('nothing is exported');`,
    );
    expect(await node('import.mjs', entry)).toEqual({ stdout: '', stderr: '' });
  });

  it('is all that can be imported', async () => {
    for (const inner of ['daybook', 'daybook/dist/events/entry.js', 'daybook/library/client'])
      await expect(node('-e', `import('${inner}')`)).rejects.toThrow(
        'ERR_PACKAGE_PATH_NOT_EXPORTED',
      );
  });
});

describe('types', () => {
  /** What the compiler says of these files and of the package; types of others have errors of their own. */
  const ofUs = (said: string): string =>
    said
      .split(/\n(?=\S)/)
      .filter((one) => !/^node_modules\/(?!daybook\/)/.test(one))
      .join('\n')
      .trim();

  /** A user's strict project over these files; what the compiler says. */
  async function compile(
    files: readonly string[],
    options: Readonly<Record<string, unknown>>,
  ): Promise<string> {
    const compilerOptions = {
      strict: true,
      noEmit: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      target: 'ES2024',
      skipLibCheck: false,
      typeRoots: [join(root, 'node_modules/@types')],
      types: ['node'],
      ...options,
    };
    writeFileSync(join(home, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }));
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    return node(tsc, '-p', '.').then(
      ({ stdout }) => ofUs(stdout),
      ({ stdout }: { stdout: string }) => ofUs(stdout),
    );
  }

  const resolutions = [
    { module: 'node16', moduleResolution: 'node16' },
    { module: 'esnext', moduleResolution: 'bundler' },
  ];

  it.each(resolutions)(
    'fit the examples, checked as strict TypeScript under %o',
    async (options) => {
      const typed = examples.map((name) => name.replace('.mjs', '.mts'));
      for (const name of examples)
        cpSync(join(home, name), join(home, name.replace('.mjs', '.mts')));
      expect(await compile(typed, options)).toBe('');
    },
  );

  it('know what a fact holds', async () => {
    writeFileSync(
      join(home, 'wrong.mts'),
      `import { connect } from 'daybook/client';
      const ledger = await connect('file:./none');
      await ledger.publish({ type: 'daybook.run.paused.v1', data: { run: 'a', reason: 7 } });
      await ledger.follow('no such book', () => undefined);`,
    );
    const said = await compile(['wrong.mts'], { module: 'node16', moduleResolution: 'node16' });
    expect(said).toMatch(/wrong\.mts\(3,.*number.*string/s);
    expect(said).toMatch(/wrong\.mts\(4,/);
  });
});

describe('the command line', () => {
  it('shows its verbs', async () => {
    expect((await run('npx', '--no-install', 'daybook', '--help')).stdout).toContain(
      'audit [options]',
    );
  });

  it('replays a recording to the books that were recorded', async () => {
    const { stdout } = await cli('replay', join(root, 'fixtures/logs/mini-rules-3'), '-o', 'json');
    const summary = JSON.parse(stdout) as { booksDigest: string; compared: { same: boolean }[] };
    const digest = readFileSync(join(root, 'fixtures/logs/mini-rules-3.books.digest'), 'utf8');
    expect(summary.booksDigest).toBe(digest.trim());
    expect(summary.compared.map(({ same }) => same)).toEqual([true, true]);
  });

  it('plays a scenario that it brings', async () => {
    const { stdout } = await cli('scenario', 'forged-signature');
    expect(stdout).toContain('14 of 14 expectations met');
  });

  it('tells an old Node what is missing', async () => {
    const old = `Object.defineProperty(process, 'versions', { value: { node: '20.1.0' } })`;
    writeFileSync(join(home, 'old.cjs'), old);
    const said = await node('-r', './old.cjs', join(installed, 'bin/daybook.cjs'), '--help').then(
      () => null,
      ({ code, stderr }: { code: number; stderr: string }) => ({ code, stderr }),
    );
    expect(said?.code).toBe(1);
    expect(said?.stderr).toContain('needs Node 24 or later');
  });
});

describe('the examples', () => {
  it.each(examples)('%s is under 40 lines, and printed in the guide as it is', (name) => {
    const text = readFileSync(join(root, 'examples', name), 'utf8');
    expect(text.split('\n').length).toBeLessThanOrEqual(40);
    const guide = readFileSync(join(root, 'docs/guides/library.md'), 'utf8');
    expect(guide).toContain(`<!-- examples/${name} -->\n\n\`\`\`js\n${text}\`\`\`\n`);
  });

  it('audit a recording that holds, and one that does not', async () => {
    const base = join(root, 'fixtures/runs/curated/recording');
    const artifacts = join(root, 'fixtures/runs/curated/artifacts');
    const { stdout } = await node('audit.mjs', base, artifacts);
    expect(stdout).toMatch(/^ok +contributions: 20 recomputed/m);
    expect(stdout).toMatch(/run simulated is completed\nit holds\n$/);

    cpSync(`${base}.checkpoint`, join(home, 'cut.checkpoint'));
    writeFileSync(join(home, 'cut.ndjson'), readFileSync(`${base}.ndjson`).subarray(0, -2000));
    const failed = await node('audit.mjs', 'cut').then(
      () => null,
      ({ code, stdout: out }: { code: number; stdout: string }) => ({ code, out }),
    );
    expect(failed?.code).toBe(3);
    expect(failed?.out).toMatch(/^failed +entries at entry \d+/m);
    expect(failed?.out).toMatch(/it does not hold\n$/);
  });

  let server: NatsServer;
  let [operator, worker] = ['', ''];
  beforeAll(async () => {
    server = await NatsServer.start();
    await cli('keys', 'new', 'authority.seed');
    operator = (await cli('keys', 'new', 'operator.seed')).stdout.trim();
    worker = (await cli('keys', 'new', 'worker.seed')).stdout.trim();
  });
  afterAll(() => server.dispose());

  it.each(['in a folder', 'on a server'])('publish commands and follow them, %s', async (where) => {
    const url = where === 'on a server' ? server.url : 'file:./ledger.daybook';
    const daybook = join(home, 'node_modules/.bin/daybook');
    const opening = ['--log', url, '--key', 'authority.seed', '--operator', operator];
    const authority = start(daybook, 'authority', ...opening);
    await authority.printed('leads from entry 0');
    await opened(url);
    const follower = start('follow.mjs', url);
    try {
      await follower.printed('after 1 entries: nobody\n');
      expect((await node('publish.mjs', url, 'operator.seed', worker)).stdout).toBe(
        'recorded as #1\nrecorded as #2\n',
      );
      await follower.printed('alice (worker, admitted)\n');
      expect((await node('publish.mjs', url, 'operator.seed', worker)).stdout).toBe(
        'recorded as #1, before\nrecorded as #2, before\n',
      );
      const stranger = (await node('publish.mjs', url, 'worker.seed', worker)).stdout;
      expect(stranger).toMatch(/^refused: \w+\. .+\nrefused: \w+\. .+\n$/);
      expect(await follower.ended('SIGINT')).toBe(0);
    } finally {
      follower.child.kill('SIGKILL');
      await authority.ended('SIGTERM');
    }
  });
});

/** The authority opens its ledger right after it leads. */
async function opened(url: string): Promise<void> {
  for (let tries = 0; tries < 1200; tries += 1) {
    const { stdout } = await cli('replay', '--log', url, '-o', 'json').catch(() => ({
      stdout: '',
    }));
    if (stdout !== '' && (JSON.parse(stdout) as { size: number }).size > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the ledger was not opened');
}

/** A program that goes on, and what it has printed. */
function start(...args: string[]) {
  const child = spawn(process.execPath, args, { cwd: home, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (more: string) => {
      text += more;
    });
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    child,
    printed: async (wanted: string): Promise<void> => {
      for (let tries = 0; tries < 2400 && !text.includes(wanted); tries += 1)
        await new Promise((resolve) => setTimeout(resolve, 50));
      if (!text.includes(wanted)) throw new Error(`never printed "${wanted}": ${text}`);
    },
    ended: (signal: NodeJS.Signals): Promise<number | null> => {
      child.kill(signal);
      return closed;
    },
  };
}

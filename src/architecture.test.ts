/**
 * The shape of the house, enforced: which room may import which, which packages each may use, that
 * the deterministic rooms neither ask for time or chance nor do I/O, that files stay small and
 * speak for themselves. Sources are read as text; a rule that needs an exception lists it here with
 * its reason, so that loosening one is a visible change.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, matchesGlob, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

interface Room {
  /** Rooms it may import besides itself. */
  readonly below: readonly string[];
  /** Packages its sources may import. */
  readonly packages: readonly string[];
  /** Modules of the runtime it may import; null: any. */
  readonly runtime: readonly string[] | null;
}

const PURE = ['node:assert'];
const spine = ['events', 'projections', 'commands', 'adapters'];

/** events <- projections <- commands <- adapters <- roles <- explorer, cli; compute by itself. */
const rooms: Record<string, Room> = {
  events: {
    below: [],
    packages: ['fp-ts', 'io-ts'],
    // Hashes and signatures: functions of their arguments.
    runtime: [...PURE, 'node:crypto'],
  },
  projections: { below: ['events'], packages: ['immer', 'fp-ts'], runtime: PURE },
  commands: { below: ['events', 'projections'], packages: ['fp-ts'], runtime: PURE },
  compute: {
    below: [],
    packages: ['@stdlib/blas-base-sgemm', 'gpu.js', 'webgpu'],
    runtime: [
      ...PURE,
      'node:crypto', // digests of states and seeds
      'node:worker_threads', // the exact backend's team: same bits whatever its size
      'node:module', // createRequire: optional CommonJS packages of the blas and gpu backends
    ],
  },
  adapters: {
    below: ['events', 'projections', 'commands'],
    packages: ['fp-ts', '@nats-io'],
    runtime: null,
  },
  roles: {
    below: [...spine, 'compute'],
    packages: ['fp-ts', '@stdlib', 'immer', '@noble/hashes', 'hyparquet-writer'],
    runtime: null,
  },
  explorer: {
    below: [...spine, 'roles'],
    packages: [
      'fp-ts',
      'rolldown', // of who makes the bundle, not of who has one
    ],
    runtime: null,
  },
  // Bundled for browsers: nothing of Node's, and no adapter.
  browser: {
    below: ['events', 'projections', 'commands', 'compute', 'roles'],
    packages: ['fp-ts', '@noble/hashes', '@noble/curves'],
    runtime: [],
  },
  simulation: {
    below: [...spine, 'compute', 'roles'],
    packages: ['fp-ts'],
    runtime: [...PURE, 'node:crypto', 'node:worker_threads'],
  },
  scenarios: {
    below: [...spine, 'compute', 'roles', 'simulation'],
    packages: ['fp-ts'],
    runtime: null,
  },
  // What programs import from the package; nothing in here imports it.
  library: { below: [...spine, 'compute', 'roles'], packages: ['fp-ts'], runtime: null },
  cli: {
    below: [...spine, 'compute', 'roles', 'explorer', 'simulation', 'scenarios'],
    packages: ['fp-ts', 'commander', '@stdlib'],
    runtime: null,
  },
};
const noRoom: Room = { below: [], packages: [], runtime: [] };
const deterministic = ['events', 'projections', 'commands', 'compute', 'simulation'];

/** Test tools in src/testing may import every room; only tests may import them. */
const TESTING = 'testing';

/** Longest non-test source, in lines. */
const LINES_MAX = 400;
/** Longer ones, their lengths now and why: they may shrink, never grow. None at present. */
const lengthRatchet: Record<string, number> = {};

/** Sources that only tests import: they stand beside the tests that share them. */
const testOnlySources = [
  'src/compute/backends/gemm-samples.ts',
  'src/compute/backends/gemm-tolerance.ts',
  'src/compute/backends/gpu-test.ts',
  'src/compute/optim/recorded-cases.ts',
  'src/explorer/test-ledger.ts',
];

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
/** What the repository holds; anything else beside it (a ledger, a server's store) is somebody's data. */
const ROOT_FOLDERS =
  '.ci bench bin docs examples extras fixtures ops scenarios scripts src streams'.split(' ');
const ROOT_FILES = (
  '.dockerignore .gitignore .npmrc .nvmrc .oxlintrc.json .prettierignore .prettierrc.json Dockerfile ' +
  'LICENSE README.md docker-compose.yml package-lock.json package.json tsconfig.build.json ' +
  'tsconfig.json vitest.config.ts'
).split(' ');
/** Patterns of names, all of them: nothing here is ignored by its path. */
const ignored = readFileSync(join(root, '.gitignore'), 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => line.replace(/\/$/, ''));

function* filesUnder(folder: string): Iterable<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (ignored.some((pattern) => matchesGlob(entry.name, pattern))) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesUnder(path);
    else if (entry.isFile()) yield relative(root, path).split(sep).join('/');
  }
}

const everyFile = [
  ...ROOT_FILES,
  ...ROOT_FOLDERS.flatMap((folder) => [...filesUnder(join(root, folder))]),
];
const textOf = (file: string): string => readFileSync(join(root, file), 'utf8');
const isText = (file: string): boolean =>
  /\.(ts|[cm]?js|json|md|ya?ml|conf|sh|html|css|txt|py)$|(^|\/)\.?[a-z]+$/i.test(file);
/** Tests, and the programs (x.fixture.ts) that they start. */
const isTest = (file: string): boolean =>
  /\.(test|fixture)\.ts$/.test(file) || testOnlySources.includes(file);
const roomOf = (file: string): string => file.split('/')[1] ?? '';

const sources = everyFile
  .filter((file) => file.startsWith('src/') && file.endsWith('.ts'))
  .map((file) => ({ file, room: roomOf(file), code: withoutComments(textOf(file)) }));
const shipped = sources.filter(({ file, room }) => !isTest(file) && room !== TESTING);
const test = (files: typeof sources) => files.filter(({ file }) => isTest(file));

/** Good enough for this code: no string of it holds an unbalanced comment mark. */
function withoutComments(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
    .replace(/(^|[\s;,{(])\/\/[^\n]*/g, '$1');
}

const IMPORT =
  /(?:^|[;\n])\s*(?:import|export)\s+(?:[^'";]*?\sfrom\s+)?'([^']+)'|\bimport\(\s*'([^']+)'\s*\)|\brequire\(\s*'([^']+)'\s*\)|new URL\(\s*'(\.[^']+\.ts)'/g;

const importsOf = (code: string): string[] =>
  [...code.matchAll(IMPORT)].map(
    (match) => match.slice(1).find((part) => part !== undefined) ?? '',
  );

const targetOf = (file: string, specifier: string): string =>
  posix.normalize(posix.join(posix.dirname(file), specifier));

/** Starting a thread is no import: its file may import from the one that starts it. */
const withoutThreads = (code: string): string => code.replace(/new URL\([^)]*\)/g, '');

const isPackage = (specifier: string): boolean => !specifier.startsWith('.');
const isRuntime = (specifier: string): boolean => specifier.startsWith('node:');
const allows = (packages: readonly string[], specifier: string): boolean =>
  packages.some((name) => specifier === name || specifier.startsWith(`${name}/`));

describe('rooms', () => {
  it('are all known', () => {
    const found = new Set(
      shipped.filter(({ file }) => file.split('/').length > 2).map((s) => s.room),
    );
    expect([...found].filter((room) => rooms[room] === undefined)).toEqual([]);
  });

  it('import only what lies below them', () => {
    const wrong = shipped.flatMap(({ file, room, code }) =>
      importsOf(code)
        .filter((specifier) => !isPackage(specifier))
        .map((specifier) => targetOf(file, specifier))
        .filter((target) => {
          const to = roomOf(target);
          if (testOnlySources.includes(target)) return true;
          return to !== room && !(rooms[room]?.below.includes(to) ?? false);
        })
        .map((target) => `${file} -> ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('use only the packages and runtime modules listed for them', () => {
    const wrong = shipped.flatMap(({ file, room, code }) => {
      const { packages, runtime } = rooms[room] ?? noRoom;
      return importsOf(code)
        .filter(isPackage)
        .filter((specifier) =>
          isRuntime(specifier)
            ? runtime !== null && !runtime.includes(specifier)
            : !allows(packages, specifier),
        )
        .map((specifier) => `${file} -> ${specifier}`);
    });
    expect(wrong).toEqual([]);
  });

  it('import files that exist, by their full name', () => {
    const known = new Set(everyFile);
    const wrong = sources.flatMap(({ file, code }) =>
      importsOf(code)
        .filter((specifier) => !isPackage(specifier))
        .map((specifier) => targetOf(file, specifier))
        .filter((target) => !known.has(target))
        .map((target) => `${file} -> ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('have no cycle of imports', () => {
    const graph = new Map(
      shipped.map(({ file, code }) => [
        file,
        importsOf(withoutThreads(code))
          .filter((specifier) => !isPackage(specifier))
          .map((specifier) => targetOf(file, specifier)),
      ]),
    );
    expect(cyclesOf(graph)).toEqual([]);
  });

  it('ask for neither time nor chance nor the environment where decisions are made', () => {
    const banned = [
      /\bDate\.now\b/,
      /\bnew Date\(\s*\)/,
      /\bMath\.random\b/,
      /\bperformance\.now\b/,
      /\bprocess\.(env|hrtime|uptime|argv|cwd)\b/,
      /\bset(Timeout|Interval|Immediate)\s*\(/,
      /\brandom(Bytes|UUID|Int)\b/,
      /\bgetRandomValues\b/,
    ];
    const wrong = shipped
      .filter(({ room }) => deterministic.includes(room))
      .flatMap(({ file, code }) =>
        banned
          .filter((pattern) => pattern.test(code))
          .map((pattern) => `${file}: ${pattern.source}`),
      );
    expect(wrong).toEqual([]);
  });

  it('do no I/O in unit tests of the deterministic rooms', () => {
    const wrong = test(sources)
      .filter(({ file, room }) => deterministic.includes(room) && !/\.(int|e2e)\.test/.test(file))
      .flatMap(({ file, code }) =>
        importsOf(code)
          .filter((specifier) =>
            /^node:(net|http|https|child_process|sqlite|dgram)$/.test(specifier),
          )
          .map((specifier) => `${file} -> ${specifier}`),
      );
    expect(wrong).toEqual([]);
  });
});

function cyclesOf(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    const at = path.indexOf(file);
    if (at !== -1) cycles.push([...path.slice(at), file].join(' -> '));
    if (at !== -1 || done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return cycles;
}

/** Sources of the package's entries. */
const packageEntries = Object.values(
  (JSON.parse(textOf('package.json')) as { exports: Record<string, string | { default: string }> })
    .exports,
).flatMap((target) =>
  typeof target === 'string'
    ? []
    : [target.default.replace('./dist/', 'src/').replace(/\.js$/, '.ts')],
);

describe('entries of the package', () => {
  it('are in the room for them', () => {
    expect(packageEntries.length).toBeGreaterThan(0);
    const wrong = packageEntries.filter((file) => !/^src\/library\/[a-z]+\.ts$/.test(file));
    expect(wrong).toEqual([]);
  });

  it('say which they are', () => {
    const wrong = packageEntries.filter((file) => {
      const name = /([a-z]+)\.ts$/.exec(file)?.[1] ?? '';
      return !textOf(file).startsWith(`/**\n * \`daybook/${name}\`: `);
    });
    expect(wrong).toEqual([]);
  });

  it('name everything that they export', () => {
    const wrong = packageEntries.filter((file) => /\bexport\s+(type\s+)?\*/.test(textOf(file)));
    expect(wrong).toEqual([]);
  });
});

describe('files', () => {
  it('are no barrels', () => {
    const barrels = sources.filter(({ file, code }) => {
      // The package's surface is what its entries name; they are listed in the manifest.
      if (packageEntries.includes(file)) return false;
      const rest = code.replace(
        /export\s+(type\s+)?(\*|\{[^}]*\})(\s+as\s+\w+)?\s+from\s+'[^']+';?/g,
        '',
      );
      return rest !== code && rest.trim() === '';
    });
    expect(barrels.map(({ file }) => file)).toEqual([]);
  });

  it('and folders are named for what they do', () => {
    const vague = /^(utils?|common|core|types|helpers?|misc|shared|index)$/;
    const wrong = sources.filter(({ file }) =>
      file.split('/').some((part) => vague.test(part.replace(/(\.\w+)*$/, ''))),
    );
    expect(wrong.map(({ file }) => file)).toEqual([]);
  });

  it('begin with what they are for', () => {
    const silent = shipped.filter(({ file }) => !/^(#![^\n]*\n)?\/\*\*/.test(textOf(file)));
    expect(silent.map(({ file }) => file)).toEqual([]);
  });

  it('stay short', () => {
    const lengths = shipped.map(({ file }) => ({
      file,
      lines: textOf(file).split('\n').length - 1,
    }));
    const long = lengths.filter(({ file, lines }) => lines > (lengthRatchet[file] ?? LINES_MAX));
    expect(long).toEqual([]);
  });

  it('leave the ratchet when they have become short', () => {
    const lengths = new Map(shipped.map(({ file }) => [file, textOf(file).split('\n').length - 1]));
    const slack = Object.entries(lengthRatchet).filter(
      ([file, lines]) => lines > Math.max(lengths.get(file) ?? 0, LINES_MAX),
    );
    expect(slack).toEqual([]);
  });

  it('leave nothing for later', () => {
    // Written in parts, so that this file does not hold them.
    const marks = ['FIX-ME', 'TO-DO', 'X-XX', 'HA-CK'].map((mark) => mark.replace('-', ''));
    const mark = new RegExp(`\\b(${marks.join('|')})\\b`);
    const wrong = sources.filter(({ file }) => mark.test(textOf(file)));
    expect(wrong.map(({ file }) => file)).toEqual([]);
  });

  it('skip and single out no test', () => {
    const wrong = test(sources).filter(({ code }) =>
      /\b(it|describe|test)\.(only|skip|todo)\(/.test(code),
    );
    expect(wrong.map(({ file }) => file)).toEqual([]);
  });
});

describe('the repository', () => {
  it('ignores by name alone, which is what is read here', () => {
    expect(ignored.filter((pattern) => /[/!#\\]/.test(pattern))).toEqual([]);
  });

  it('names no package registry and no path of one machine', () => {
    // Written in parts, so that this file does not name them.
    const foreign = [
      ['registry', 'npmjs'],
      ['registry', 'yarnpkg'],
      ['pypi', 'org'],
      ['proxy', 'golang'],
      ['crates', 'io'],
    ].map((parts) => parts.join('.'));
    // As a path of its own, not as a folder on the way of another.
    const here = new RegExp(`(^|[^\\w.-])${['', 'work', ''].join('/')}`, 'm');
    const wrong = everyFile.filter((file) => {
      if (!isText(file)) return false;
      const content = textOf(file);
      return foreign.some((name) => content.includes(name)) || here.test(content);
    });
    expect(wrong).toEqual([]);
  });
});

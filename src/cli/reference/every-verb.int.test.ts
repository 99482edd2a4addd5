/**
 * Every verb there is, off the command tree: a flag that is not there, a file that is not there and a
 * server that is not there end each of them with the same codes. A new verb is run as it is registered;
 * where its values are of a new kind, the table of values below says one.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { wholePolicy } from '../../commands/policy-adoption.ts';
import { seedPolicy } from '../../commands/seed-policy.ts';
import { verifierKeyOf } from '../../events/note.ts';
import { keyNamed } from '../../testing/desk.ts';
import { freePort } from '../../testing/free-port.ts';
import { verbHere } from '../../testing/verb-here.ts';
import { program } from '../program.ts';
import { runVerb } from '../run-verb.ts';
import { EXIT } from '../terminal/exit.ts';
import type { Verb } from './command-tree.ts';
import { everyVerb, treeOf } from './command-tree.ts';

const folder = mkdtempSync(join(tmpdir(), 'daybook-every-'));
const at = (name: string): string => join(folder, name);
const MISSING = at('missing/file');
const recording = fileURLToPath(
  new URL('../../../fixtures/logs/mini-trouble.ndjson', import.meta.url),
);
const seed = at('a.nk');
const key = keyNamed('somebody');
const VERIFIER = verifierKeyOf('daybook.local/mini', key.actor);
const consent = `${key.actor}:consent`;

const verbs = everyVerb(treeOf(program)).filter(
  ({ path, verbs: below, options }) =>
    path.length > 0 && (below.length === 0 || options.length > 0),
);
const nameOf = ({ path }: Verb): string => path.join(' ');

/** A value for each required thing, by how usage calls it; of one verb where it has its own. */
const VALUES: Readonly<Record<string, string>> = {
  '<path>': at('out'),
  '<folder>': at('folder'),
  '<file>': at('text.json'),
  '<files...>': at('text.json'),
  '<recording>': recording,
  '<offence>': 'moby/0/worker/late',
  '<sequence>': '0',
  '<participant>': key.actor,
  '<assignment>': 'moby/0/0',
  '<window>': 'moby/0',
  '<code>': 'bad_signature',
  '<run>': 'moby',
  '<network>': 'net',
  '<proposal>': 'one',
  '<vote>': 'yes',
  '<amount>': '1',
  '<address>': `0x${'a'.repeat(40)}`,
  '<name>': 'name',
  '<ledger>': 'main',
  '<shell>': 'bash',
  '--key <file>': seed,
  '--key <verifier>': VERIFIER,
  '--role <role>': 'worker',
  '--name <name>': 'somebody',
  '--output <folder>': at('out'),
  '--output <file>': at('out'),
  '--out <folder>': at('out'),
  '--record <folder>': at('record'),
  '--what-if <policy>': at('terms.json'),
  '--to <key:consent>': consent,
  '--until <time>': '2030-01-01T00:00:00Z',
  '--title <text>': 'title',
  '--epoch <seconds>': '60',
  '--destination <text>': 'there',
  '--transfer <id>': 'work/moby/0/0/0',
  '--reason <code>': 'mistake',
  '--amount <micro>': '1',
  '--reference <text>': 'receipt-1',
  '--depositor <name>': 'bank',
  '--authority <key>': key.actor,
  '--desk <key>': key.actor,
};
const OWN: Readonly<Record<string, readonly string[]>> = {
  'keys new': [at('new.nk')],
  'keys show': [seed],
  'keys witness': ['w', seed],
  'keys verifier': ['main', seed],
  'identity consent': [seed, key.actor],
  prove: ['0'],
  verify: [at('text.json'), '--key', VERIFIER],
  'run fail': ['moby', '--reason', 'over', '--yes'],
  'explain refusal': ['bad_signature', '--command', at('text.json')],
  'verify statement': [at('text.json')],
  restore: [at('folder'), '--log', `file:${at('restored')}`],
  'export csv': ['--table', 'entries'],
  'network found': ['net', '--member', `${key.actor}=1`],
  'policy adopt': [at('policy.json')],
  'network propose': ['one', '--member', `${key.actor}=1`],
  'evidence submit': [at('evidence.txt')],
  send: ['pause-run', '{"run":"moby","reason":"test"}'],
  'correction post': ['fix', '--take', '1', '--participant', key.actor],
  scenario: ['calm'],
};

/** All that a verb needs but a ledger. */
function lineOf(verb: Verb): string[] {
  const own = OWN[nameOf(verb)];
  const positional = verb.arguments.map(({ form }) => form).filter((form) => form.startsWith('<'));
  const valueOf = (form: string): string => {
    const value = VALUES[form];
    if (value === undefined) throw new Error(`no value for ${form} of ${nameOf(verb)}`);
    return value;
  };
  const required = verb.options
    .filter(({ isRequired, names }) => isRequired && !names.includes('--log'))
    .filter(({ names }) => own === undefined || !names.some((name) => own.includes(name)))
    .flatMap(({ flags, names }) => [
      names.at(-1) as string,
      valueOf((flags.split(', ').at(-1) as string).replace('...', '')),
    ]);
  return [...verb.path, ...(own ?? positional.map(valueOf)), ...required];
}

beforeAll(() => {
  writeFileSync(seed, `${key.seed()}\n`, { mode: 0o600 });
  writeFileSync(at('text.json'), '{}');
  writeFileSync(at('policy.json'), JSON.stringify(wholePolicy(seedPolicy)));
  writeFileSync(at('terms.json'), JSON.stringify({ fraud: { penalty: '1000' } }));
  writeFileSync(at('evidence.txt'), 'daybook.local/fork@v1\n');
  mkdirSync(at('folder'));
});
beforeEach(() => {
  vi.stubEnv('XDG_CONFIG_HOME', folder);
  vi.stubEnv('DAYBOOK_CONTEXT', 'none');
  for (const name of ['LOG', 'LEDGER', 'KEY', 'VERIFIER', 'HEAD'])
    vi.stubEnv(`DAYBOOK_${name}`, '');
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});
afterAll(() => rmSync(folder, { recursive: true }));

it('ends with 2 for a flag that no verb has', async () => {
  expect(verbs.length).toBeGreaterThan(60);
  for (const verb of verbs) {
    const { code, err, out } = await verbHere(...lineOf(verb), '--no-such-flag');
    expect([nameOf(verb), code, out]).toEqual([nameOf(verb), EXIT.usage, '']);
    expect(err, nameOf(verb)).toContain("unknown option '--no-such-flag'");
  }
});

/** Of what is not there it makes a finding, not an end. */
const FINDS: readonly string[] = ['doctor bundle --logs', 'doctor bundle --config'];
/** Read beside a proof of prefixes alone: proofs.int.test.ts. */
const BESIDE: readonly string[] = ['verify --old'];
/** They make it. */
const MAKES: readonly string[] = ['join --key', 'join --recovery', 'prove --entry'];
/** Files to be written. */
const WRITTEN = /^(-o, )?--(output|out|books|report|save|remember|record) /;

const takes = ({ options }: Verb, flag: string): boolean =>
  options.some(({ names }) => names.includes(flag));

/** Where there is no ledger: a verb looks at its files before it looks there. */
const nowhere = (verb: Verb): string[] => {
  const isNeeded = verb.options.some(
    ({ names, isRequired }) => isRequired && names.includes('--log'),
  );
  return isNeeded ? ['--log', `file:${at('nowhere')}`] : [];
};

interface Without {
  readonly what: string;
  readonly line: readonly string[];
}

/** For each file or folder that a verb reads: its line with just that one missing. */
function* linesWithoutFile(): Generator<Without> {
  for (const verb of verbs) {
    yield* withoutArguments(verb);
    yield* withoutFlags(verb);
  }
}

function* withoutArguments(verb: Verb): Generator<Without> {
  const line = lineOf(verb);
  const name = nameOf(verb);
  for (const [index, { form }] of verb.arguments.entries()) {
    const reads =
      /^[<[](recording|proof|files\.\.\.)/.test(form) ||
      (form === '<file>' && !['keys new', 'doctor bundle'].includes(name)) ||
      (form === '<folder>' && name !== 'backup take');
    if (!reads) continue;
    const place = verb.path.length + index;
    const isThere = place < line.length && !line[place]?.startsWith('--');
    const without = line.toSpliced(place, isThere ? 1 : 0, MISSING);
    yield { what: `${name} ${form}`, line: [...without, ...nowhere(verb)] };
  }
}

function* withoutFlags(verb: Verb): Generator<Without> {
  const line = lineOf(verb);
  const name = nameOf(verb);
  for (const { flags, names } of verb.options) {
    const flag = names.at(-1) as string;
    const isFile = / <(file|path|policy|checkpoint)>$/.test(flags);
    if (!isFile || WRITTEN.test(flags)) continue;
    if ([...FINDS, ...MAKES, ...BESIDE].includes(`${name} ${flag}`)) continue;
    // One of several that say the same stands in for another.
    const other = line.indexOf(
      name === 'network propose' && flag === '--policy' ? '--member' : flag,
    );
    const rest = other < 0 ? line : line.toSpliced(other, 2);
    const without = [...rest, flag, MISSING];
    const isRead = takes(verb, '--recording') && flag !== '--recording';
    const read = isRead ? ['--recording', recording] : nowhere(verb);
    yield { what: `${name} ${flag}`, line: [...without, ...read] };
  }
}

describe('ends with 2 and file_unreadable', () => {
  const lines = [...linesWithoutFile()];

  it('is asked of all verbs that read files', () => {
    expect(lines.length).toBeGreaterThan(50);
  });

  it.each(lines)('for what is missing: $what', async ({ line }) => {
    const { code, err } = await verbHere(...line);
    expect([code, err]).toEqual([
      EXIT.usage,
      expect.stringContaining('file_unreadable: cannot read'),
    ]);
  });
});

/** They say so in what they found. */
const FINDING: readonly string[] = ['doctor', 'doctor bundle', 'join'];

it('ends with 1 and log_unavailable where no server is at the address', async () => {
  const away = `nats://127.0.0.1:${await freePort()}`;
  const lines = verbs
    .filter(({ options }) => options.some(({ variable }) => variable === 'DAYBOOK_LOG'))
    .filter((verb) => !FINDING.includes(nameOf(verb)))
    .map((verb) => [...lineOf(verb), '--log', away]);
  const said: string[] = [];
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0);
  // Each of them waits some seconds for a server that may be about to start.
  const codes = await Promise.all(lines.map(async (line) => [line.join(' '), await runVerb(line)]));
  expect(codes.filter(([, code]) => code !== EXIT.failed)).toEqual([]);
  const faults = said
    .join('')
    .split('\n')
    .filter((text) => text.includes('log_unavailable'));
  expect(faults).toHaveLength(lines.length);
});

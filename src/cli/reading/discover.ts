/** `daybook discover`: who could work, and why the others could not. */
import type { Command } from 'commander';
import { systemClock } from '../../adapters/system-clock.ts';
import type { Candidate, DiscoveryFilter } from '../../commands/discovery.ts';
import { discover, DISCOVERY_REASONS } from '../../commands/discovery.ts';
import { digest } from '../../events/codecs.ts';
import type { Digest } from '../../events/ids.ts';
import type { AsOfOptions } from '../ledger/as-of.ts';
import { rebuildTo, sizeAt, withAt } from '../ledger/as-of.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import type { OutputOptions } from '../terminal/output.ts';
import { colour, money, print, printJson, table, withOutput } from '../terminal/output.ts';
import { repeated } from '../terminal/repeated.ts';
import type { SourceOptions } from '../ledger/source.ts';
import { withOpenSource, withSource } from '../ledger/source.ts';
import { wholeNumber } from '../terminal/whole-number.ts';

interface DiscoverOptions extends SourceOptions, OutputOptions, AsOfOptions {
  readonly role?: string;
  readonly class?: string;
  readonly tokens?: string;
  readonly build: readonly string[];
  readonly run?: string;
  readonly owners?: boolean;
  readonly matches?: boolean;
}

const TOKENS_MAX = 1_000_000_000_000;

export function registerDiscover(program: Command): void {
  withOutput(
    withAt(withSource(program.command('discover').description('who could work, and why not'))),
    'table',
    'json',
    'jsonl',
  )
    .argument('[recording]', 'path of a recording, with or without .ndjson')
    .option('--role <role>', 'worker or validator')
    .option('--class <class>', 'exact or tolerant')
    .option('--tokens <count>', 'least claimed tokens a second')
    .option('--build <digest>', 'an admitted build; several by repeating it', repeated, [])
    .option('--run <name>', 'who may work for this run now')
    .option('--owners', 'one owner counts as the policy says')
    .option('--matches', 'leave out who does not fit')
    .action((path: string | undefined, options: DiscoverOptions) =>
      withOpenSource(options, path, async (source) => {
        const filter = filterOf(options);
        const { books } = await rebuildTo(source, sizeAt(source, options.at), options.quiet);
        // As of an entry it is as of its time, and a recording is as of its end.
        const live = path === undefined && options.at === undefined;
        const nowMs = live ? systemClock.nowMs() : books.ledger.clockMs;
        const found = discover(books, filter, nowMs);
        show(options.matches === true ? found.filter(isMatch) : found, options);
      }),
    );
}

const isMatch = ({ reasons }: Candidate): boolean => reasons.length === 0;

function filterOf(options: DiscoverOptions): DiscoveryFilter {
  const { role, class: computeClass, tokens, build, run, owners } = options;
  const wrong = build.find((one) => !digest.is(one));
  if (wrong !== undefined) throw new Exit(EXIT.usage, `--build: "${wrong}" is no digest`);
  return {
    ...(role === undefined ? {} : { role: oneOf('--role', role, 'worker', 'validator') }),
    ...(computeClass === undefined
      ? {}
      : { computeClass: oneOf('--class', computeClass, 'exact', 'tolerant') }),
    ...(tokens === undefined
      ? {}
      : { tokensPerSecondMin: wholeNumber('--tokens', tokens, 0, TOKENS_MAX) }),
    ...(build.length === 0 ? {} : { builds: build as readonly Digest[] }),
    ...(run === undefined ? {} : { run }),
    ...(owners === true ? { distinctOwners: true } : {}),
  };
}

function oneOf<const V extends string>(option: string, text: string, ...known: readonly V[]): V {
  const found = known.find((one) => one === text);
  if (found !== undefined) return found;
  throw new Exit(EXIT.usage, `${option}: "${text}" is none of ${known.join(', ')}`);
}

function show(found: readonly Candidate[], { output }: OutputOptions): void {
  if (output === 'json') return printJson(found);
  if (output === 'jsonl') return found.forEach((one) => print(JSON.stringify(one)));
  const rows = found.map((one) => [
    one.name,
    one.participant.slice(0, 8),
    one.role,
    one.computeClass ?? '-',
    money(one.escrow),
    `${one.claimed ?? '-'} / ${one.measured ?? '-'}`,
    isMatch(one) ? colour.green('fits') : one.reasons.join(', '),
  ]);
  print(table(['name', 'key', 'role', 'class', 'escrow', 'tokens/s said / seen', 'why not'], rows));
  const given = new Set(found.flatMap(({ reasons }) => reasons));
  if (given.size > 0)
    print(
      `\n${[...given]
        .sort()
        .map((one) => `${one}: ${DISCOVERY_REASONS[one]}`)
        .join('\n')}`,
    );
  print(`\n${found.filter(isMatch).length} of ${found.length} fit`);
}

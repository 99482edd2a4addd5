/** `daybook discover`: who could work, and why the others could not. */
import type { Command } from 'commander';
import { systemClock } from '../../adapters/system-clock.ts';
import type { Candidate, DiscoveryFilter } from '../../commands/discovery.ts';
import { discover, DISCOVERY_REASONS } from '../../commands/discovery.ts';
import type { Digest } from '../../events/ids.ts';
import { actorId, digest } from '../../events/codecs.ts';
import { count, decimal, many, members, orNull, string, words } from '../../explorer/api/shape.ts';
import type { Shape } from '../../explorer/api/shape.ts';
import type { Books } from '../../projections/books.ts';
import type { AsOfOptions } from '../ledger/as-of.ts';
import { rebuildTo, sizeAt, withAt } from '../ledger/as-of.ts';
import { column, listOutput, tableOf, tell, withOutput } from '../terminal/declared-output.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import type { OutputOptions } from '../terminal/output.ts';
import { money } from '../../roles/figures.ts';
import { colour, print } from '../terminal/output.ts';
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

const reason = words(...(Object.keys(DISCOVERY_REASONS) as Candidate['reasons'][number][]));

const candidateShape: Shape<Candidate> = members({
  participant: actorId,
  key: actorId,
  name: string,
  role: words('worker', 'validator'),
  status: words('admitted', 'alive', 'stale', 'expired', 'draining', 'departed'),
  computeClass: orNull(words('exact', 'tolerant')),
  escrow: decimal,
  claimed: orNull(count),
  measured: orNull(count),
  judgement: orNull(words('as_claimed', 'overstated')),
  cluster: actorId,
  reasons: many(reason),
});

const candidates = listOutput<Candidate>(
  'Everybody, in ascending order of their first keys; without reasons: a match.',
  candidateShape,
  [
    column('name', ({ name }) => name),
    column(
      'key',
      ({ participant }) => participant,
      ({ participant }) => participant.slice(0, 8),
    ),
    column('role', ({ role }) => role),
    column('class', ({ computeClass }) => computeClass),
    column('escrow', ({ escrow }) => money(escrow)),
    column('tokens/s said', ({ claimed }) => claimed),
    column('tokens/s seen', ({ measured }) => measured),
    column(
      'why not',
      ({ reasons }) => reasons.join(' '),
      (one) => (isMatch(one) ? colour.green('fits') : one.reasons.join(', ')),
    ),
  ],
);

export function registerDiscover(program: Command): void {
  withOutput(
    withAt(
      withSource(
        program.command('discover').description('say who could work, and of the others why not'),
      ),
    ),
    candidates,
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
        const { books } = await rebuildTo(source, sizeAt(source, options.at));
        runNamed(books, options.run);
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

/** A misspelt run would be one that offers nobody work. */
function runNamed({ runs }: Books, run: string | undefined): void {
  if (run === undefined || runs[run] !== undefined) return;
  const here = Object.keys(runs).join(', ') || 'none';
  throw new Exit(EXIT.usage, `there is no run ${run}; runs here: ${here}`);
}

function oneOf<const V extends string>(option: string, text: string, ...known: readonly V[]): V {
  const found = known.find((one) => one === text);
  if (found !== undefined) return found;
  throw new Exit(EXIT.usage, `${option}: "${text}" is none of ${known.join(', ')}`);
}

function show(found: readonly Candidate[], options: OutputOptions): void {
  tell(candidates, found, options, () => {
    if (found.length > 0) print(tableOf(candidates, found));
    const given = new Set(found.flatMap(({ reasons }) => reasons));
    if (given.size > 0)
      print(
        `\n${[...given]
          .sort()
          .map((one) => `${one}: ${DISCOVERY_REASONS[one]}`)
          .join('\n')}`,
      );
    print(`${found.length > 0 ? '\n' : ''}${found.filter(isMatch).length} of ${found.length} fit`);
  });
}

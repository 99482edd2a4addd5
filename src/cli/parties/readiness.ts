/** `daybook readiness`: how far participants are let in, and every gate that is still before them. */
import type { Command } from 'commander';
import { ordinalMicro } from '../../commands/rating.ts';
import type { GateState, Readiness } from '../../roles/explain/readiness.ts';
import { readinessOf } from '../../roles/explain/readiness.ts';
import type { AsOfOptions } from '../ledger/as-of.ts';
import { rebuildTo, sizeAt, withAt } from '../ledger/as-of.ts';
import { actorId } from '../../events/codecs.ts';
import type { Shape } from '../../explorer/api/shape.ts';
import {
  boolean,
  count,
  many,
  members,
  orNull,
  string,
  whole,
  words,
} from '../../explorer/api/shape.ts';
import { column, listOutput, tell, withOutput } from '../terminal/declared-output.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import type { OutputOptions } from '../terminal/output.ts';
import { colour } from '../terminal/output.ts';
import type { Source, SourceOptions } from '../ledger/source.ts';
import { withOpenSource, withSource } from '../ledger/source.ts';

type ReadinessOptions = SourceOptions & OutputOptions & AsOfOptions;

const readinessShape: Shape<Readiness> = members({
  participant: actorId,
  name: string,
  role: words('worker', 'validator'),
  status: words('admitted', 'alive', 'stale', 'expired', 'draining', 'departed'),
  stage: words('canary', 'limited', 'full'),
  ready: boolean,
  canaryWindowsLeft: orNull(count),
  gates: many(
    members({
      gate: words('counted', 'standing', 'lease', 'capability', 'offences'),
      needs: whole,
      has: whole,
      holds: boolean,
    }),
  ),
  muMicro: whole,
  sigmaMicro: count,
});

const everyReadiness = listOutput<Readiness>(
  'How far everybody asked for is let in.',
  readinessShape,
  [
    column('participant', ({ name }) => name),
    column('role', ({ role }) => role),
    column('status', ({ status }) => status),
    column(
      'stage',
      ({ stage }) => stage,
      ({ ready, stage }) => (ready ? colour.green(stage) : colour.yellow(stage)),
    ),
    column('ordinal', (one) => (ordinalMicro(one) / 1e6).toFixed(2)),
    column('missing', missingOf),
  ],
);

export function registerReadiness(program: Command): void {
  withOutput(
    withAt(
      withSource(
        program
          .command('readiness')
          .description('say who is let in how far, and what each still lacks'),
      ),
    ),
    everyReadiness,
  )
    .argument('[participants...]', 'names, public keys or beginnings of them; default: everybody')
    .addHelpText('after', '\nFails unless everybody asked for has reached the full stage.')
    .action((asked: string[], options: ReadinessOptions) =>
      withOpenSource(options, undefined, (source) => readiness(source, asked, options)),
    );
}

async function readiness(
  source: Source,
  asked: readonly string[],
  options: ReadinessOptions,
): Promise<void> {
  const { books } = await rebuildTo(source, sizeAt(source, options.at));
  const answer = readinessOf(books, asked);
  if (answer._tag === 'Left') throw new Exit(EXIT.failed, answer.left);
  tell(everyReadiness, answer.right, options);
  const late = asked.length === 0 ? [] : answer.right.filter(({ ready }) => !ready);
  if (late.length > 0)
    throw new Exit(EXIT.failed, `not ready: ${late.map(({ name }) => name).join(', ')}`);
}

function missingOf({ role, gates, canaryWindowsLeft }: Readiness): string {
  const missing = gates.filter((gate) => !gate.holds).map((gate) => lackOf(role, gate));
  const left = canaryWindowsLeft === null ? '' : ` (${canaryWindowsLeft} windows left)`;
  return missing.length === 0 ? '-' : `${missing.join('; ')}${left}`;
}

function lackOf(role: Readiness['role'], { gate, needs, has }: GateState): string {
  switch (gate) {
    case 'counted':
      return `${has} of ${needs} ${role === 'worker' ? 'accepted contributions' : 'agreeing verdicts'}`;
    case 'standing':
      return 'is in quarantine';
    case 'lease':
      return 'holds no lease: it has to join';
    case 'capability':
      return 'claims to be faster than it was seen to be';
    case 'offences':
      return 'was found in an offence that is not forgotten yet';
    default:
      return gate satisfies never;
  }
}

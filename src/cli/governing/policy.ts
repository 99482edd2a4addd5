/**
 * `daybook policy`: the terms of a ledger, now or then; a draft of the next; and their adoption by the
 * operator. Where a network is founded its council decides instead: `daybook network propose`.
 */
import type { Command } from 'commander';
import { Option } from 'commander';
import type { JsonValue } from '../../events/canonical-json.ts';
import { networkPolicy } from '../../events/catalogue/policy.ts';
import { SURFACE_OF, SURFACES } from '../../events/catalogue/policy/surfaces.ts';
import type { PolicySection, Surface } from '../../events/catalogue/policy/surfaces.ts';
import { seedNetworkPolicy } from '../../commands/network-policy.ts';
import { adoptionOf, wholePolicy } from '../../commands/policy-adoption.ts';
import { seedDisputePolicy, seedPolicy } from '../../commands/seed-policy.ts';
import { members, string, words } from '../../explorer/api/shape.ts';
import type { Policy } from '../../projections/books.ts';
import { policyOffered } from '../../projections/ledger.ts';
import type { AsOfOptions } from '../ledger/as-of.ts';
import { rebuildTo, sizeAt, withAt } from '../ledger/as-of.ts';
import type { LeverOptions } from '../ledger/operator-command.ts';
import { sendAsOperator, withSigning } from '../ledger/operator-command.ts';
import type { Source, SourceOptions } from '../ledger/source.ts';
import { withOpenSource, withSource } from '../ledger/source.ts';
import type { Output } from '../terminal/declared-output.ts';
import { column, tableOf, tell, withOutput } from '../terminal/declared-output.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import type { OutputOptions } from '../terminal/output.ts';
import { print } from '../terminal/output.ts';
import { policyFile } from './policy-file.ts';
import { termsOf } from './policy-terms.ts';

type WholePolicy = ReturnType<typeof wholePolicy>;
type PolicyOptions = SourceOptions & OutputOptions & AsOfOptions;

interface DraftOptions extends SourceOptions {
  readonly with: readonly Seeded[];
}

interface Term {
  readonly surface: Surface;
  readonly section: string;
  readonly term: string;
  readonly value: string;
}

const seeds = { ...seedNetworkPolicy, dispute: seedDisputePolicy };
type Seeded = keyof typeof seeds;

const policyOutput: Output<WholePolicy, Term> = {
  doc: 'A whole policy, as one is adopted or proposed; a row is a term.',
  shape: networkPolicy,
  rowShape: members({
    surface: words(...(Object.keys(SURFACES) as Surface[])),
    section: string,
    term: string,
    value: string,
  }),
  rows: (policy) =>
    (Object.keys(SURFACE_OF) as PolicySection[]).flatMap((section) =>
      termsOf(policy[section] as JsonValue).map(([term, value]) => ({
        surface: SURFACE_OF[section],
        section,
        term,
        value,
      })),
    ),
  columns: [
    column('surface', ({ surface }) => surface),
    column('section', ({ section }) => section),
    column('term', ({ term }) => term),
    column('value', ({ value }) => value),
  ],
};

export function registerPolicy(program: Command): void {
  const policy = program
    .command('policy')
    .description('see the terms of a ledger, draft the next, adopt them');
  withOutput(
    withAt(
      withSource(
        policy
          .command('show', { isDefault: true })
          .description('print the policy in force, term by term'),
      ),
    ),
    policyOutput,
  )
    .argument('[recording]', 'path of a recording, with or without .ndjson')
    .action((path: string | undefined, options: PolicyOptions) =>
      withOpenSource(options, path, (source) => show(source, options)),
    );
  withSource(
    policy
      .command('draft')
      .description('print what may come next, to be edited: the policy in force, one revision on'),
  )
    .argument('[recording]', 'path of a recording, with or without .ndjson')
    .addOption(
      new Option('--with <section...>', 'with usual terms where it has none')
        .choices(Object.keys(seeds))
        .default([]),
    )
    .action((path: string | undefined, options: DraftOptions) =>
      withOpenSource(options, path, async (source) =>
        print(JSON.stringify(draftOf(await policyAt(source), options.with), null, 2)),
      ),
    );
  withSigning(
    policy.command('adopt').description('put a policy in force for every later decision'),
    'seed of the operator',
  )
    .argument('<file>', 'a complete policy in JSON, as `policy draft` prints one')
    .action(adopt);
}

async function show(source: Source, options: PolicyOptions): Promise<void> {
  const policy = await policyAt(source, options.at);
  if (policy === undefined) throw new Exit(EXIT.failed, `${source.where} has no policy yet`);
  const whole = wholePolicy(policy);
  tell(policyOutput, whole, options, () => {
    print(`revision ${whole.revision}\n`);
    print(tableOf(policyOutput, policyOutput.rows(whole)));
  });
}

async function policyAt(source: Source, at?: string): Promise<Policy | undefined> {
  const { books } = await rebuildTo(source, sizeAt(source, at));
  return books.policy ?? undefined;
}

/** In the order of the reference. */
function draftOf(inForce: Policy | undefined, sections: readonly Seeded[]): WholePolicy {
  const base = inForce === undefined ? seedPolicy : { ...inForce, revision: inForce.revision + 1 };
  const usual = Object.fromEntries(sections.map((name) => [name, seeds[name]]));
  const whole = wholePolicy({ ...usual, ...base });
  const order = ['revision', ...Object.keys(SURFACE_OF)] as (keyof WholePolicy)[];
  return Object.fromEntries(order.map((name) => [name, whole[name]])) as WholePolicy;
}

async function adopt(file: string, options: LeverOptions): Promise<void> {
  const policy = policyOffered(policyFile(file));
  await sendAsOperator(`policy-${policy.revision}`, options, adoptionOf(policy));
}

/**
 * `daybook export claims`: what a settlement lets its participants claim, in the form that another
 * system reads. A form that cannot say everything exits 1 with the code of its refusal.
 */
import type { Command } from 'commander';
import { Option } from 'commander';
import { isLeft } from 'fp-ts/lib/Either.js';
import { settlementExports } from '../../roles/settlements/exports/table.ts';
import type { SettlementOptions } from '../proving/proof-options.ts';
import { openSettlement, withSettlement } from '../proving/proof-options.ts';
import { refused } from './refused.ts';
import { writeOut } from './write-out.ts';

interface ClaimsOptions extends SettlementOptions {
  readonly as: string;
  readonly output?: string;
}

export function registerClaims(exports: Command): void {
  const forms = Object.values(settlementExports);
  const verb = exports
    .command('claims')
    .description('write what a settlement lets everybody claim');
  withSettlement(verb)
    .addOption(
      new Option('--as <form>', forms.map(({ name, doc }) => `${name}: ${doc}`).join('; '))
        .choices(forms.map(({ name }) => name))
        .default('merkle-distributor'),
    )
    .option('-o, --output <file>', 'where to; default: standard output')
    .action(writeClaims);
}

/** @param options `as` names one of the forms */
export async function writeClaims(options: ClaimsOptions): Promise<void> {
  const form = settlementExports[options.as];
  if (form === undefined) throw new Error(`invariant: ${options.as} is a form`);
  const { tree, settlement } = await openSettlement(options);
  const text = form.write({ tree, settlement });
  if (isLeft(text)) throw refused(text.left);
  writeOut(text.right, options.output);
}

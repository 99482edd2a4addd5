/** `daybook settlement`: a settlement as a statement that its authority signed. */
import type { Command } from 'commander';
import { writeClaims } from '../exports/claims.ts';
import type { SettlementOptions } from '../proving/proof-options.ts';
import { withSettlement } from '../proving/proof-options.ts';

interface SignOptions extends SettlementOptions {
  readonly output?: string;
}

export function registerSettlement(program: Command): void {
  const settlement = program
    .command('settlement')
    .description('answer for a settlement as its authority');
  withSettlement(
    settlement.command('sign').description('sign all payouts, under the head that is signed'),
  )
    .option('-o, --output <file>', 'where to; default: standard output')
    .action((options: SignOptions) => writeClaims({ ...options, as: 'json' }));
}

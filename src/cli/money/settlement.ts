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
    .description('a settlement as its authority answers for it');
  withSettlement(settlement.command('sign').description('all payouts under the signed head'))
    .option('-o, --output <file>', 'where to; default: standard output')
    .action((options: SignOptions) => writeClaims({ ...options, as: 'json' }));
}

/**
 * `daybook settlement`: a settlement as a statement that its authority signed, and as what other
 * systems read. An export that cannot say everything exits 1 with the code of its refusal.
 */
import { writeFileSync } from 'node:fs';
import { isLeft } from 'fp-ts/lib/Either.js';
import type { Command } from 'commander';
import { EXPORT_REFUSALS } from '../roles/settlements/exports/settlement-export.ts';
import { settlementExports } from '../roles/settlements/exports/table.ts';
import { EXIT, Exit } from './exit.ts';
import type { SettlementOptions } from './proof-options.ts';
import { openSettlement, withSettlement } from './proof-options.ts';

interface FileOptions extends SettlementOptions {
  readonly output?: string;
}
interface ExportOptions extends FileOptions {
  readonly to: string;
}

export function registerSettlement(program: Command): void {
  const settlement = program
    .command('settlement')
    .description('a settlement as others read it: signed, or in the format of another system');
  const file = '-o, --output <file>';
  withSettlement(settlement.command('sign').description('all payouts under the signed head'))
    .option(file, 'where to; default: standard output')
    .action((options: FileOptions) => write('json', options));
  const known = Object.values(settlementExports).map(({ name, doc }) => `${name}: ${doc}`);
  withSettlement(settlement.command('export').description('for another system'))
    .requiredOption('--to <destination>', known.join('; '))
    .option(file, 'where to; default: standard output')
    .action((options: ExportOptions) => write(options.to, options));
}

async function write(to: string, options: FileOptions): Promise<void> {
  const adapter = settlementExports[to];
  if (adapter === undefined)
    throw new Exit(EXIT.usage, `--to ${to}: none of ${Object.keys(settlementExports).join(', ')}`);
  const { tree, settlement, events } = await openSettlement(options);
  const text = adapter.write({ tree, settlement, events: events() });
  if (isLeft(text)) {
    const { code, message } = text.left;
    throw new Exit(EXIT.failed, `refused: ${code}: ${message}. ${EXPORT_REFUSALS[code]}`);
  }
  if (options.output === undefined) process.stdout.write(text.right);
  else writeFileSync(options.output, text.right);
}

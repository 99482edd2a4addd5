/** `daybook export`: a ledger as others read it. Without a kind: as a recording to audit. */
import type { Command } from 'commander';
import { registerClaims } from './claims.ts';
import { registerJournal } from './hledger.ts';
import { registerInToto } from './in-toto.ts';
import { registerModelCard } from './model-card.ts';
import { registerRecording } from './recording.ts';
import { registerTables } from './tables.ts';
import { registerVisualization } from './visualization.ts';

export function registerExport(program: Command): void {
  const exports = program
    .command('export')
    .description(
      'write a ledger as others read it: a recording to audit, tables, journals, statements',
    );
  registerRecording(exports);
  registerTables(exports);
  registerJournal(exports);
  registerClaims(exports);
  registerInToto(exports);
  registerModelCard(exports);
  registerVisualization(exports);
}

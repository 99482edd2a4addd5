/** `daybook`: one verb a file; this only puts them together. Its reference is written from them, too. */
import { Command } from 'commander';
import { registerAdapter } from './adapter.ts';
import { registerAppeal } from './appeal.ts';
import { registerAudit } from './audit.ts';
import { registerBackup } from './backup.ts';
import { registerCompletion } from './completion/completion.ts';
import { registerCorrection } from './correction.ts';
import { registerDemo } from './demo.ts';
import { registerDiscover } from './discover.ts';
import { registerDoctor } from './doctor.ts';
import { registerErrors } from './errors.ts';
import { registerEvidence } from './evidence.ts';
import { registerExplain } from './explain.ts';
import { registerExport } from './exports/export.ts';
import { registerIdentity } from './identity.ts';
import { registerJoin } from './join.ts';
import { registerKeys } from './keys.ts';
import { registerLog } from './log.ts';
import { registerPayout } from './payout.ts';
import { registerNetwork } from './network.ts';
import { registerPermissions } from './permissions.ts';
import { registerProve } from './prove.ts';
import { registerRelay } from './relay.ts';
import { registerReadiness } from './readiness.ts';
import { registerReplay } from './replay.ts';
import { registerRoles } from './role-verbs.ts';
import { registerRestore } from './restore.ts';
import { registerRun } from './run.ts';
import { registerSettle } from './settle.ts';
import { registerSettlement } from './settlement.ts';
import { registerVerify } from './verify.ts';
import { registerSchema } from './schema.ts';
import { registerScenario } from './scenario.ts';
import { registerSimulate } from './simulate.ts';
import { registerWitness } from './witness.ts';
import { VERSION } from './software.ts';

export const program = new Command('daybook')
  .description('The ledger and the engine of multi-party model training.')
  .version(VERSION)
  .showHelpAfterError()
  .exitOverride();

registerDemo(program);
registerRoles(program);
registerJoin(program);
registerExport(program);
registerBackup(program);
registerRestore(program);
registerAudit(program);
registerProve(program);
registerVerify(program);
registerEvidence(program);
registerAppeal(program);
registerWitness(program);
registerRelay(program);
registerReadiness(program);
registerReplay(program);
registerLog(program);
registerSimulate(program);
registerScenario(program);
registerExplain(program);
registerRun(program);
registerNetwork(program);
registerAdapter(program);
registerPayout(program);
registerSettlement(program);
registerCorrection(program);
registerSettle(program);
registerKeys(program);
registerIdentity(program);
registerPermissions(program);
registerDiscover(program);
registerDoctor(program);
registerErrors(program);
registerSchema(program);
registerCompletion(program);

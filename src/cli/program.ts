/** `daybook`: one verb a file; this only puts them together. Its reference is written from them, too. */
import { Command, Help } from 'commander';
import { registerAdapter } from './running/adapter.ts';
import { registerAppeal } from './judging/appeal.ts';
import { registerAudit } from './proving/audit.ts';
import { registerBackup } from './operating/backup.ts';
import { registerContext } from './context/context.ts';
import { fillSettings, nowText } from './context/fill.ts';
import { registerCompletion } from './completion/completion.ts';
import { registerCorrection } from './judging/correction.ts';
import { registerDemo } from './crew/demo.ts';
import { registerDiscover } from './reading/discover.ts';
import { registerDoctor } from './doctor/doctor.ts';
import { registerErrors } from './reading/errors.ts';
import { registerEvidence } from './proving/evidence.ts';
import { registerExplain } from './explain/explain.ts';
import { registerExport } from './exports/export.ts';
import { registerIdentity } from './parties/identity.ts';
import { registerJoin } from './join/join.ts';
import { registerKeys } from './parties/keys.ts';
import { registerLog } from './reading/log.ts';
import { registerPayout } from './money/payout.ts';
import { registerNetwork } from './governing/network.ts';
import { registerPolicy } from './governing/policy.ts';
import { registerPermissions } from './parties/permissions.ts';
import { registerProve } from './proving/prove.ts';
import { registerRelay } from './money/relay.ts';
import { registerReadiness } from './parties/readiness.ts';
import { registerReplay } from './reading/replay.ts';
import { registerRoles } from './running/role-verbs.ts';
import { registerRestore } from './operating/restore.ts';
import { registerRun } from './running/run.ts';
import { registerSettle } from './money/settle.ts';
import { registerSettlement } from './money/settlement.ts';
import { registerVerify } from './proving/verify.ts';
import { registerSchema } from './reading/schema.ts';
import { registerScenario } from './simulating/scenario.ts';
import { registerSimulate } from './simulating/simulate.ts';
import { registerWitness } from './proving/witness.ts';
import { VERSION } from './terminal/software.ts';

export const program = new Command('daybook')
  .description('The ledger and the engine of multi-party model training.')
  .version(VERSION)
  // On any verb; those that have something to take from it declare it for their help, too.
  .option('--context <name>', 'take what is not said from this context; none: from no')
  .showHelpAfterError()
  // An option belongs to the last verb named before it: `verify statement --key` is not `verify --key`.
  .enablePositionalOptions()
  .exitOverride()
  .hook('preAction', (_, verb) => fillSettings(verb));

program.configureHelp({
  formatHelp: (command, helper) => {
    helper.optionDescription = (option) =>
      Help.prototype.optionDescription.call(helper, option) + nowText(command, option);
    return Help.prototype.formatHelp.call(helper, command, helper);
  },
});

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
registerPolicy(program);
registerNetwork(program);
registerAdapter(program);
registerPayout(program);
registerSettlement(program);
registerCorrection(program);
registerSettle(program);
registerKeys(program);
registerIdentity(program);
registerPermissions(program);
registerContext(program);
registerDiscover(program);
registerDoctor(program);
registerErrors(program);
registerSchema(program);
registerCompletion(program);

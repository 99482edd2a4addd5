/** `daybook`: one verb a file; this only puts them together. Its reference is written from them, too. */
import { Command, Help } from 'commander';
import { registerAdapter } from './running/adapter.ts';
import { registerAppeal } from './judging/appeal.ts';
import { registerAudit } from './proving/audit.ts';
import { registerBench } from './operating/bench.ts';
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
import { registerSend } from './running/send.ts';
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

/** In the order in which one comes to need them. */
const GROUPS: Readonly<Record<string, readonly ((parent: Command) => void)[]>> = {
  'Begin:': [
    registerDemo,
    registerJoin,
    registerKeys,
    registerContext,
    registerDoctor,
    registerBench,
  ],
  'Roles of a network, each until it is stopped:': [registerRoles, registerWitness, registerRelay],
  'See a ledger:': [
    registerRun,
    registerLog,
    registerReplay,
    registerExplain,
    registerDiscover,
    registerReadiness,
  ],
  'Trust nobody:': [registerAudit, registerProve, registerVerify, registerEvidence],
  'Govern and operate:': [
    registerSend,
    registerNetwork,
    registerPolicy,
    registerIdentity,
    registerPermissions,
    registerBackup,
    registerRestore,
  ],
  'Money and disputes:': [
    registerPayout,
    registerSettlement,
    registerSettle,
    registerCorrection,
    registerAppeal,
  ],
  'Take it elsewhere:': [registerExport, registerAdapter, registerSchema],
  'Practise:': [registerSimulate, registerScenario],
  'Help:': [registerErrors, registerCompletion],
};

for (const [heading, verbs] of Object.entries(GROUPS)) {
  program.commandsGroup(heading);
  for (const register of verbs) register(program);
}
// What is added last stands with the last of them.
program.helpCommand('help [verb]', 'what a verb is for and takes, like --help behind it');

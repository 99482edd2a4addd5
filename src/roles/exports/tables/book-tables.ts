/** Tables that are read off the books: runs' windows and contributions, participants, accounts. */
import { walletOf, withdrawnBy } from '../../../commands/rules/money/accounts.ts';
import { balanceOf } from '../../../projections/balances.ts';
import type {
  Assignment,
  Balance,
  Member,
  RevisionRecord,
  WindowBook,
} from '../../../projections/books.ts';
import type { History } from '../history.ts';
import { defineTable } from './table.ts';

export const windowsTable = defineTable(
  'windows',
  'every window, what came in and what was decided',
  ({ books }) => Object.values(books.windows),
  ({ text, integer, time }) => [
    text('run', 'name of the run', ({ run }) => run),
    integer('window', 'from 0', ({ window }) => window),
    text('state', 'how far it is', ({ state }) => state),
    integer('sequence', 'entry that planned it', ({ sequence }) => sequence),
    integer('policy_revision', 'policy it is decided by', ({ policyRevision }) => policyRevision),
    integer('revision', 'revision it started from', ({ revision }) => revision),
    text('checkpoint', 'digest of that revision', ({ checkpoint }) => checkpoint),
    text('seed', 'what its draws come from', ({ seed }) => seed),
    time('planned', 'when it was planned', ({ plannedMs }) => plannedMs),
    time('deadline', 'when it is sealed at the latest', ({ deadlineMs }) => deadlineMs),
    time('sealed', 'when it was sealed; null: not yet', ({ sealedMs }) => sealedMs),
    time('reconciled', 'when it was closed; null: not yet', ({ reconciledMs }) => reconciledMs),
    integer('slots', 'contributions asked for', ({ slots }) => slots.length),
    integer(
      'accepted',
      'contributions that were accepted',
      (window) =>
        Object.values(window.assignments).filter(({ disposition }) => disposition === 'accepted')
          .length,
    ),
    integer(
      'loss_before_micro_nats',
      'held-out loss before the outer step',
      (window) => window.lossBeforeMicroNats,
    ),
    integer('loss_after_micro_nats', 'and after it', (window) => window.lossAfterMicroNats),
    text(
      'decision',
      'whether it was promoted; null: not decided',
      ({ promotion }) => promotion?.decision ?? null,
    ),
    integer(
      'gain_bps',
      'loss gained in basis points',
      ({ promotion }) => promotion?.gainBps ?? null,
    ),
  ],
);

interface Work {
  readonly window: WindowBook;
  readonly assignment: Assignment;
}

export const assignmentsTable = defineTable(
  'assignments',
  'every assignment, the contribution that came of it and what it was worth',
  function* ({ books }: History): Iterable<Work> {
    for (const window of Object.values(books.windows))
      for (const assignment of Object.values(window.assignments)) yield { window, assignment };
  },
  ({ text, integer, time, flag, json }) => [
    text('assignment', '<run>/<window>/<slot>/<attempt>', (w) => w.assignment.assignment),
    text('run', 'name of the run', ({ window }) => window.run),
    integer('window', 'window of the run', ({ window }) => window.window),
    integer('slot', 'slot of the window', ({ assignment }) => assignment.slot),
    integer('attempt', 'from 0', ({ assignment }) => assignment.attempt),
    text('participant', 'public key of its holder', ({ assignment }) => assignment.participant),
    text('state', 'how far it is', ({ assignment }) => assignment.state),
    integer('sequence', 'entry that issued it', ({ assignment }) => assignment.sequence),
    time('expires', 'when it lapses', ({ assignment }) => assignment.expiresMs),
    integer(
      'submission',
      'entry of the submission; null: none',
      ({ assignment }) => assignment.submission?.sequence ?? null,
    ),
    text(
      'delta',
      'digest of the delta',
      ({ assignment }) => assignment.submission?.delta.digest ?? null,
    ),
    integer(
      'delta_bytes',
      'size of the delta',
      ({ assignment }) => assignment.submission?.delta.sizeBytes ?? null,
    ),
    text(
      'compute_class',
      '`exact` or `tolerant`',
      ({ assignment }) => assignment.submission?.computeClass ?? null,
    ),
    text(
      'backend',
      'kernels it was computed with',
      ({ assignment }) => assignment.submission?.backend ?? null,
    ),
    integer(
      'tokens',
      'tokens trained on',
      ({ assignment }) => assignment.submission?.tokens ?? null,
    ),
    integer(
      'loss_first_micro_nats',
      'loss of the first inner step',
      ({ assignment }) => assignment.submission?.lossFirstMicroNats ?? null,
    ),
    integer(
      'loss_last_micro_nats',
      'loss of the last inner step',
      ({ assignment }) => assignment.submission?.lossLastMicroNats ?? null,
    ),
    integer(
      'elapsed_ms',
      "time it took by the worker's own clock",
      ({ assignment }) => assignment.submission?.elapsedMs ?? null,
    ),
    flag('revealed', 'whether its bytes were shown', ({ assignment }) => assignment.revealed),
    flag(
      'audited',
      'whether it was drawn for recomputation',
      ({ assignment }) => assignment.challenge !== null,
    ),
    text(
      'disposition',
      'what it was found to be; null: undecided',
      ({ assignment }) => assignment.disposition,
    ),
    json('reasons', 'reason codes', ({ assignment }) => assignment.reasons),
    text(
      'counted',
      'delta that enters the outer step; null: none',
      ({ assignment }) => assignment.counted,
    ),
    integer(
      'resolved',
      'entry that decided it; null: undecided',
      ({ assignment }) => assignment.resolvedSequence,
    ),
  ],
);

interface Revision extends RevisionRecord {
  readonly run: string;
}

export const revisionsTable = defineTable(
  'revisions',
  'the chain of checkpoints of each run',
  function* ({ books }: History): Iterable<Revision> {
    for (const { plan, revisions } of Object.values(books.runs))
      for (const revision of revisions) yield { run: plan.run, ...revision };
  },
  ({ text, integer }) => [
    text('run', 'name of the run', ({ run }) => run),
    integer('revision', '0: the initial checkpoint', ({ revision }) => revision),
    integer('window', 'window it came of; null: none', ({ window }) => window),
    integer(
      'restores',
      'earlier revision that it restores; null: none',
      (revision) => revision.restores ?? null,
    ),
    text('checkpoint', 'digest of the weights', ({ checkpoint }) => checkpoint.digest),
    integer('checkpoint_bytes', 'size of the weights', ({ checkpoint }) => checkpoint.sizeBytes),
    text(
      'momentum',
      "digest of the outer optimizer's state",
      ({ momentum }) => momentum?.digest ?? null,
    ),
    integer(
      'held_out_loss_micro_nats',
      'held-out loss; null: not measured',
      (revision) => revision.heldOutLossMicroNats,
    ),
  ],
);

interface Participant extends Member {
  readonly wallet: bigint;
  readonly withdrawn: bigint;
}

export const participantsTable = defineTable(
  'participants',
  'everybody who was admitted',
  function* ({ books }: History): Iterable<Participant> {
    for (const member of Object.values(books.members)) {
      const [wallet, withdrawn] = [walletOf, withdrawnBy].map((account) =>
        balanceOf(books, 'micro', account(member.participant)),
      ) as [bigint, bigint];
      yield { ...member, wallet, withdrawn };
    }
  },
  ({ text, integer, amount }) => [
    text('participant', 'public key', ({ participant }) => participant),
    text('name', 'as it calls itself', ({ name }) => name),
    text('role', '`worker` or `validator`', ({ role }) => role),
    text('status', 'how it stands', ({ status }) => status),
    text('compute_class', '`exact` or `tolerant`; null: not told', (member) => member.computeClass),
    text('backend', 'kernels it said it has', ({ backend }) => backend),
    integer('accepted', 'contributions accepted', ({ accepted }) => accepted),
    integer('rejected', 'contributions rejected', ({ rejected }) => rejected),
    amount('claimable_micro', 'paid and not claimed', ({ wallet }) => wallet.toString()),
    amount('claimed_micro', 'taken out of the ledger', ({ withdrawn }) => withdrawn.toString()),
  ],
);

interface Account extends Balance {
  readonly unit: string;
  readonly account: string;
}

export const accountsTable = defineTable(
  'accounts',
  'every account with its balance; in every unit the balances sum to zero',
  function* ({ books }: History): Iterable<Account> {
    for (const [name, balance] of Object.entries(books.rewards.balances)) {
      const at = name.indexOf(':');
      yield { unit: name.slice(0, at), account: name.slice(at + 1), ...balance };
    }
  },
  ({ text, amount }) => [
    text('unit', '`micro` (money), `work` or `audit` (credits)', ({ unit }) => unit),
    text('account', 'path of the account', ({ account }) => account),
    amount('debits', 'sum of what it gave', ({ debits }) => debits),
    amount('credits', 'sum of what it got', ({ credits }) => credits),
    amount('balance', 'credits less debits', ({ debits, credits }) =>
      (BigInt(credits) - BigInt(debits)).toString(),
    ),
  ],
);

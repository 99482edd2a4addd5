/** The shapes of the read models: what the API answers and what the live page shows. */
import { disposition } from '../../events/catalogue/validation.ts';
import { actorId, artifact, digest } from '../../events/codecs.ts';
import type { FaultView } from '../fault-view.ts';
import type { ContributorView } from '../read-models/contributor.ts';
import type { FeedLine } from '../read-models/feed.ts';
import type { HeadView, Overview } from '../read-models/overview.ts';
import type { Party } from '../read-models/party.ts';
import type { PeriodView } from '../read-models/period.ts';
import type { RunView } from '../read-models/run.ts';
import type { StatementLine } from '../read-models/statements.ts';
import type { AssignmentView, WindowView } from '../read-models/window.ts';
import type { Shape } from './shape.ts';
import {
  boolean,
  count,
  decimal,
  dictionary,
  many,
  members,
  orNull,
  string,
  whole,
  words,
} from './shape.ts';

const key = actorId as Shape<string>;
const sha256 = digest as Shape<string>;
const credits = members({ unsettled: decimal, settled: decimal, forfeited: decimal });
const party: Shape<Party> = members({ participant: key, name: string });
const parties = many(party);
const reasons = many(string);

export const faultView: Shape<FaultView> = members({
  code: string,
  message: string,
  sequence: count,
  retryable: boolean,
});

export const headView: Shape<HeadView> = members({
  ledger: string,
  origin: orNull(string),
  authority: orNull(string),
  operator: orNull(string),
  size: count,
  rootBase64: string,
  rootHex: string,
  genesisHex: orNull(string),
  clockMs: count,
});

export const contributorView: Shape<ContributorView> = members({
  participant: key,
  name: string,
  role: words('worker', 'validator'),
  status: words('admitted', 'alive', 'stale', 'expired', 'draining', 'departed'),
  session: count,
  computeClass: orNull(string),
  backend: orNull(string),
  lastHeardMs: count,
  leaseUntilMs: orNull(count),
  accepted: count,
  rejected: count,
  verdicts: count,
  tokens: count,
  tokensPerSecond: orNull(count),
  work: credits,
  audit: credits,
  paid: decimal,
  escrow: decimal,
  quarantine: dictionary(count),
});

export const periodView: Shape<PeriodView> = members({
  run: string,
  period: count,
  state: words('open', 'closing', 'closed', 'settled'),
  fromWindow: count,
  throughWindow: orNull(count),
  pool: decimal,
  paid: decimal,
  remainder: decimal,
  settlementRoot: orNull(string),
  payouts: many(
    members({ participant: key, name: string, work: decimal, audit: decimal, total: decimal }),
  ),
});

export const runView: Shape<RunView> = members({
  run: string,
  title: string,
  plannedSequence: count,
  state: words('planned', 'initializing', 'active', 'recovering', 'paused', 'completed', 'failed'),
  revision: orNull(count),
  windowsReconciled: count,
  windowsPlanned: count,
  windowsTotal: count,
  tokensCounted: count,
  tokensSubmitted: count,
  heldOutLossFirstMicroNats: orNull(count),
  heldOutLossNowMicroNats: orNull(count),
  gainBps: orNull(whole),
  slots: count,
  innerSteps: count,
  batchPages: count,
  model: members({ layers: count, dModel: count, heads: count, vocabSize: count }),
  dataset: orNull(
    members({
      dataset: string,
      title: string,
      pages: count,
      heldOutPages: count,
      pageTokens: count,
    }),
  ),
  openPeriod: orNull(count),
  revisionsTotal: count,
  revisions: many(
    members({
      revision: count,
      window: orNull(count),
      restores: orNull(count),
      checkpoint: artifact,
      heldOutLossMicroNats: orNull(count),
    }),
  ),
});

const assignmentView: Shape<AssignmentView> = members({
  assignment: string,
  slot: count,
  attempt: count,
  sequence: count,
  participant: party,
  state: words(
    'issued',
    'claimed',
    'committed',
    'revealed',
    'challenged',
    'resolved',
    'superseded',
  ),
  current: boolean,
  disposition: orNull(disposition),
  reasons,
  counted: orNull(string),
  resolvedSequence: orNull(count),
  submission: orNull(
    members({
      sequence: count,
      delta: sha256,
      sizeBytes: count,
      backend: string,
      computeClass: string,
      tokens: count,
      elapsedMs: count,
      lossFirstMicroNats: count,
      lossLastMicroNats: count,
    }),
  ),
  challenge: orNull(
    members({
      sequence: count,
      panel: parties,
      verdicts: many(
        members({
          validator: party,
          sequence: count,
          disposition,
          reasons,
          observed: orNull(string),
          recomputed: orNull(string),
          firstDivergence: orNull(count),
        }),
      ),
    }),
  ),
});

export const windowView: Shape<WindowView> = members({
  run: string,
  window: count,
  sequence: count,
  state: words('planned', 'active', 'sealed', 'scored', 'reconciled'),
  revision: count,
  checkpoint: sha256,
  seed: string,
  plannedMs: count,
  deadlineMs: count,
  sealedMs: orNull(count),
  sealedSequence: orNull(count),
  reconciledMs: orNull(count),
  standby: parties,
  assignments: many(assignmentView),
  reports: many(
    members({
      validator: party,
      sequence: count,
      checkpoint: sha256,
      lossBeforeMicroNats: count,
      lossAfterMicroNats: count,
    }),
  ),
  promotion: orNull(
    members({
      decision: words('promoted_revision', 'held_no_promotion', 'refused_promotion'),
      reasons,
      gainBps: orNull(whole),
      sequence: count,
    }),
  ),
  lossBeforeMicroNats: orNull(count),
  lossAfterMicroNats: orNull(count),
});

const feedLine: Shape<FeedLine> = members({
  sequence: count,
  time: string,
  type: string,
  subject: string,
  about: string,
  actor: key,
  actorName: string,
  signed: boolean,
});

export const overviewView: Shape<Overview & { readonly fault: FaultView | null }> = members({
  head: headView,
  runs: many(runView),
  windows: many(windowView),
  contributors: many(contributorView),
  periods: many(periodView),
  feed: many(feedLine),
  fault: orNull(faultView),
});

const statementLine: Shape<StatementLine> = members({
  sequence: count,
  timeMs: count,
  transfer: string,
  account: words('earned', 'escrow', 'wallet', 'vesting'),
  run: orNull(string),
  unit: words('micro', 'work', 'audit'),
  amount: decimal,
  reason: string,
  because: many(count),
});

export const statementView = members({
  participant: key,
  total: count,
  lines: many(statementLine),
});

const pulse = {
  ledger: string,
  genesisHex: orNull(string),
  size: count,
  behindMs: count,
  fault: orNull(faultView),
};

export const statusView = members({
  ...pulse,
  ready: boolean,
  rebuilding: boolean,
  position: count,
  commits: count,
  rootBase64: string,
  streams: count,
  uptimeSeconds: count,
});

export const errorView = members({ error: members({ code: string, message: string }) });

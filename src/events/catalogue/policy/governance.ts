/** How the network changes its own terms: proposals, votes, activation at an epoch. */
import { amount, integer, object } from '../../codecs.ts';

export const governanceSection = object({
  /** Epochs during which a proposal takes votes, the one it is made in not counted. */
  votingEpochs: integer(1, 1000),
  /** Epochs at least from acceptance to activation. */
  noticeEpochs: integer(1, 1000),
  /** Weight that must have voted, of all there is. */
  turnoutBps: integer(0, 10_000),
  /** Weight that must be in favour, of all that voted; more than half. */
  approvalBps: integer(5001, 10_000),
  /** Taken from the proposer's escrow until the proposal is resolved; lost where turnout fails. */
  bond: amount,
});

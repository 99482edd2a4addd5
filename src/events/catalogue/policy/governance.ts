/** How the network changes its own terms: proposals, votes, activation at an epoch. */
import { integer, object } from '../../codecs.ts';

export const governanceSection = object({
  /** Epochs during which a proposal takes votes, the one it is made in not counted. */
  votingEpochs: integer(1, 1000),
  /** Epochs at least from the end of voting to activation. */
  noticeEpochs: integer(1, 1000),
  /** Weight that must have voted, of all there is; an abstention is a vote. */
  turnoutBps: integer(0, 10_000),
  /** Weight that must be in favour, of all that is for or against; more than half. */
  approvalBps: integer(5001, 10_000),
});

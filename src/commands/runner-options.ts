/** What a runner works with. */
import type { SigningKey } from '../events/nkey.ts';
import type { VerifyStatement } from '../events/statement.ts';
import type { LogFold } from './machine.ts';
import type { Clock } from './ports/clock.ts';
import type { EventLog } from './ports/event-log.ts';

export interface RunnerOptions {
  readonly log: EventLog;
  readonly key: SigningKey;
  readonly clock: Clock;
  /** Groups in flight at once; when not given, as many appends as are of use to the log. */
  readonly flightsMax?: number;
  /** The fold of the log up to a position, when the caller has one; else the log is read from its start. */
  readonly from?: LogFold | null;
  readonly verify?: VerifyStatement;
}

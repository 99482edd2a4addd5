/**
 * Where the log is in an account apart an authority has two logins, its own and its desk's. Without the
 * second it opens the log and nothing else, and what the server says of that (no right to make the
 * stream of steps, or no such stream) does not tell what is missing. With the second for the first it
 * would make a log that is none.
 */
import { calling, isMirror, type Link } from './link.ts';
import { leadStream, logStream, stepsStream } from './declarations.ts';
import { natsFault } from './nats-fault.ts';
import { Fault } from '../../commands/ports/fault.ts';
import type { LedgerId } from '../../events/ids.ts';

/** @param error why what goes with the log could not be opened; returned where it is something else */
export async function orDeskMissing(
  link: Link,
  ledger: LedgerId,
  error: unknown,
): Promise<unknown> {
  if (!(error instanceof Fault)) return error;
  const isKept =
    error.code === 'permission_denied' ||
    (error.code === 'log_not_found' && !(await maySeeConsumers(link, ledger)));
  // Others read a mirror of the log, in the account where all the rest is.
  if (!isKept || (await isMirror(link, logStream(ledger).name))) return error;
  const who = link.login ?? 'This login';
  const message = `${who} keeps the log of ${ledger} and may not hand out steps, answer commands or keep artifacts: that is the desk's.`;
  return new Fault('desk_login_missing', message, { retryable: false, cause: error });
}

/**
 * Before a log is made: whoever may not lead keeps none. A desk has the right to make the log's mirror,
 * which without this check would be a log in its place.
 * @throws Fault permission_denied | log_unavailable
 */
export async function mustBeAuthority(link: Link, ledger: LedgerId): Promise<void> {
  const { name } = leadStream(ledger);
  try {
    await calling(link, `Stream ${name}`, 'log_unavailable', () => link.jsm.streams.info(name));
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'log_not_found') throw error;
  }
}

/** Of the stream of steps, be it there or not. */
async function maySeeConsumers({ jsm }: Link, ledger: LedgerId): Promise<boolean> {
  try {
    await jsm.consumers.info(stepsStream(ledger).name, 'any');
    return true;
  } catch (error) {
    return natsFault('Looking for steps', error, 'log_unavailable').code !== 'permission_denied';
  }
}

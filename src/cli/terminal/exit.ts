/** How a verb ends: exit codes and the one way in which errors reach a person. */
import { Fault, FAULTS, type FaultCode } from '../../commands/ports/fault.ts';
import { REFUSALS } from '../../commands/refusal.ts';
import { Refused } from '../../roles/refused.ts';
import type { UsageCode } from './usage-codes.ts';
import { USAGES } from './usage-codes.ts';

export const EXIT = {
  ok: 0,
  /** Failed, or could not be decided. */
  failed: 1,
  usage: 2,
  /** A verification found a mismatch. */
  mismatch: 3,
  notAuthorised: 4,
  interrupted: 130,
  terminated: 143,
  brokenPipe: 141,
} as const;

/** For the reference: what each says. */
export const EXIT_MEANINGS: { readonly [name in keyof typeof EXIT]: string } = {
  ok: 'done',
  failed: 'failed, was refused, or could not be decided',
  usage: 'the command line is wrong, or names a file that cannot be read or written',
  mismatch: 'a verification found a mismatch: proven, not suspected',
  notAuthorised: 'the server or the ledger does not let this key',
  interrupted: 'interrupted (Ctrl-C, SIGINT); a verb that stays up has ended cleanly first',
  terminated: 'stopped (SIGTERM) before it was done; a verb that stays up ends cleanly, and with 0',
  brokenPipe: 'whoever read the output has gone; nothing is said about the rest',
};

/** Ends the verb with a message for people and an exit code. */
export class Exit extends Error {
  override readonly name = 'Exit';
  readonly code: number;
  /** Where what is wrong has a code of its own. */
  readonly reason: UsageCode | null;
  constructor(code: number, message: string, reason: UsageCode | null = null) {
    super(message);
    this.code = code;
    this.reason = reason;
  }
}

const NOT_LET: readonly FaultCode[] = ['permission_denied', 'desk_login_missing'];

export function report(error: unknown): number {
  if (error instanceof Exit) {
    const { message, reason } = error;
    const text = reason === null ? message : `${reason}: ${sentence(message)} ${USAGES[reason]}`;
    if (message !== '') process.stderr.write(`daybook: ${text}\n`);
    return error.code;
  }
  if (error instanceof Refused) {
    process.stderr.write(`daybook: refused: ${error.message}. ${REFUSALS[error.code].advice}\n`);
    return error.code === 'not_authorised' ? EXIT.notAuthorised : EXIT.failed;
  }
  if (error instanceof Fault) {
    const { code, message } = error;
    const again = error.retryable ? ' The same may work later.' : '';
    process.stderr.write(`daybook: ${code}: ${sentence(message)}${again} ${FAULTS[code]}\n`);
    return NOT_LET.includes(error.code) ? EXIT.notAuthorised : EXIT.failed;
  }
  process.stderr.write(
    `daybook: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return EXIT.failed;
}

const sentence = (text: string): string => (/[.?]$/.test(text) ? text : `${text}.`);

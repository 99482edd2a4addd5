/**
 * A role may be started before there is a ledger for it: machines come up in any order. It waits, and
 * says so; what time does not mend - a wrong login, a server too old, a folder of another ledger -
 * ends it at once.
 */
import type { Command } from 'commander';
import type { OpenLedger } from '../../adapters/open.ts';
import { systemClock } from '../../adapters/system-clock.ts';
import { Fault } from '../../commands/ports/fault.ts';
import type { Say } from '../../roles/telemetry/log-events.ts';
import { redacted } from '../../roles/telemetry/redaction.ts';
import type { LedgerOptions } from '../ledger/ledger-options.ts';
import { openAt } from '../ledger/ledger-options.ts';

const LOOK_EVERY_MS = 1000;

export interface WaitOptions extends LedgerOptions {
  /** Absent: a ledger that is not there is a fault. */
  readonly wait?: boolean;
}

export const withWait = (command: Command): Command =>
  command.option('--no-wait', 'end with log_not_found where there is no ledger yet');

export interface Waiter {
  readonly say: Say;
  /** Asked why the role cannot work. */
  check?(unready: () => string | null): void;
}

/**
 * @returns null when aborted first
 * @throws Fault as `openAt` does, but for log_not_found where it may wait
 */
export async function openWhenThere(
  options: WaitOptions,
  { say, check }: Waiter,
  signal: AbortSignal,
): Promise<OpenLedger | null> {
  const { ledger, log, wait = false } = options;
  let isMissing = false;
  let isOpen = false;
  check?.(() => (isMissing ? 'there is no ledger yet' : isOpen ? null : 'opening the ledger'));
  while (!signal.aborted) {
    try {
      const parts = await openAt(options, { create: false });
      if (isMissing) say(`the ledger ${ledger} is there`, 'ledger.found', { ledger });
      [isMissing, isOpen] = [false, true];
      return parts;
    } catch (error) {
      if (!wait || !(error instanceof Fault) || error.code !== 'log_not_found') throw error;
    }
    if (!isMissing)
      say(
        `there is no ledger ${ledger} at ${redacted(log)} yet: waiting for an authority to open it ` +
          '(daybook authority --operator <public key>); --no-wait ends instead',
        'ledger.awaited',
        { ledger },
      );
    isMissing = true;
    await systemClock.sleep(LOOK_EVERY_MS, signal).catch(() => undefined);
  }
  return null;
}

/**
 * Why there is no export: the ledger does not hold yet what it tells, or its format cannot say it. A
 * value, as a command's refusal is; the codes are of the same catalogue (`daybook errors`).
 */
import type { RefusalInfo } from '../../commands/refusal.ts';
import { REFUSALS } from '../../commands/refusal.ts';

/** `retryable`: an export of the same ledger, grown, may succeed. */
export const EXPORT_REFUSALS = {
  address_unknown: {
    retryable: true,
    advice:
      'A payout has nowhere to go: its participant names an address with `daybook payout address`.',
  },
  nothing_claimable: {
    retryable: true,
    advice: 'Nobody has anything to claim at this settlement; a later one may differ.',
  },
  nothing_promoted: {
    retryable: true,
    advice: 'No window was promoted yet, so there is no checkpoint to tell of; export again later.',
  },
  amount_too_wide: {
    retryable: false,
    advice: 'A column of decimals has 38 digits; `daybook export csv` holds the whole amount.',
  },
} as const satisfies Record<string, RefusalInfo>;

/** Where a refusal of commands says the same, its code is used. */
export type ExportRefusalCode = keyof typeof EXPORT_REFUSALS | 'run_unknown';

export interface ExportRefusal {
  readonly code: ExportRefusalCode;
  readonly message: string;
}

export const adviceOn = (code: ExportRefusalCode): string =>
  code === 'run_unknown' ? REFUSALS[code].advice : EXPORT_REFUSALS[code].advice;

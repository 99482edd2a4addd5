/**
 * SQLite's result codes as faults. The extended code's low byte is the primary one
 * (sqlite.org/rescode.html). What is not SQLite's passes through unchanged: it is a bug.
 */
import { Fault, type FaultCode } from '../../commands/ports/fault.ts';

const PRIMARY = 0xff;
const BUSY = 5;
const LOCKED = 6;
const CORRUPT = 11;
/** The file ends in the middle of a page. */
const IOERR_SHORT_READ = 522;

interface Meaning {
  readonly code: FaultCode;
  readonly retryable: boolean;
  readonly advice: string;
}

const MEANINGS: Readonly<Record<number, Meaning>> = {
  3: { code: 'permission_denied', retryable: false, advice: 'Check who may write it' },
  5: { code: 'log_locked', retryable: true, advice: 'Another process holds it; try again' },
  6: { code: 'log_locked', retryable: true, advice: 'Another process holds it; try again' },
  8: { code: 'permission_denied', retryable: false, advice: 'Check who may write it' },
  11: { code: 'log_corrupt', retryable: false, advice: 'Restore it from a copy or a recording' },
  13: { code: 'storage_full', retryable: false, advice: 'Free disk space; nothing was stored' },
  19: { code: 'log_corrupt', retryable: false, advice: 'Its tables refuse what they should take' },
  26: { code: 'log_corrupt', retryable: false, advice: 'This is not a Daybook file' },
};

function resultCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error)) return null;
  if (typeof error.errcode !== 'number') return null;
  return error.errcode === IOERR_SHORT_READ ? CORRUPT : error.errcode & PRIMARY;
}

export function isBusy(error: unknown): boolean {
  const code = resultCode(error);
  return code === BUSY || code === LOCKED;
}

/** For the file at `path`, whose user knows `otherwise` as the fault of a store that is away. */
export function sqliteFault(path: string, otherwise: FaultCode): (error: unknown) => unknown {
  return (error) => {
    const code = resultCode(error);
    if (code === null) return error;
    const meaning = MEANINGS[code] ?? {
      code: otherwise,
      retryable: true,
      advice: 'The file cannot be used now',
    };
    const busyChannel = meaning.code === 'log_locked' && otherwise !== 'log_unavailable';
    return new Fault(
      busyChannel ? otherwise : meaning.code,
      `${path}: ${(error as Error).message}. ${meaning.advice}.`,
      { retryable: meaning.retryable, cause: error },
    );
  };
}

/** One line of the doctor's report. */
export interface DoctorFinding {
  readonly check: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  /** What to do; null when all is well. */
  readonly advice: string | null;
}

export const ok = (check: string, detail: string): DoctorFinding => ({
  check,
  status: 'ok',
  detail,
  advice: null,
});
export const warn = (check: string, detail: string, advice: string): DoctorFinding => ({
  check,
  status: 'warn',
  detail,
  advice,
});
export const fail = (check: string, detail: string, advice: string): DoctorFinding => ({
  check,
  status: 'fail',
  detail,
  advice,
});

export const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

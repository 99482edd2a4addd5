/** Heads of the network by role, and how far a participant has come. */
/** Of a role, see headcount.ts. */
export interface Heads {
  admitted: number;
  alive: number;
  /** In quarantine in some run, alive or not. */
  quarantined: number;
}

export type Headcount = Record<'worker' | 'validator', Heads>;

export type Stage = 'canary' | 'limited' | 'full';

export interface StageRecord {
  readonly stage: Stage;
  /** Accepted contributions or agreeing verdicts since it came to this stage. */
  readonly counted: number;
  /** Windows that it had work in as a canary. */
  readonly windows: number;
  /** From where a rejection set it back. */
  readonly before?: Stage;
}

/** One line of an audit: what was checked, how it came out, and where it first failed. */
export interface Check {
  readonly name: string;
  readonly status: 'ok' | 'failed' | 'skipped';
  /** What was covered, or what is wrong. */
  readonly detail: string;
  /** First bad entry, where one can be named. */
  readonly sequence: number | null;
  readonly elapsedMs: number;
}

/** A finding ends the check that made it. */
export class Finding extends Error {
  override readonly name = 'Finding';
  readonly sequence: number | null;

  constructor(message: string, sequence: number | null = null) {
    super(message);
    this.sequence = sequence;
  }
}

/** What went wrong with the log, as people and programs are told of it. */
export interface FaultView {
  /** Stable: of the port's faults, of the codecs' errors, or of the checks made here. */
  readonly code: string;
  readonly message: string;
  /** The first entry that is not vouched for. */
  readonly sequence: number;
  /** Whether the explorer goes on trying. */
  readonly retryable: boolean;
}

/** The log holds something that cannot be: reading on would show people fiction. */
export class Illegal extends Error {
  override readonly name = 'Illegal';
  readonly code: string;
  readonly sequence: number;

  constructor(code: string, message: string, sequence: number) {
    super(message);
    this.code = code;
    this.sequence = sequence;
  }
}

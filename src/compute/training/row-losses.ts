/** Losses of pages under fixed parameters, wherever they are computed. */
export interface RowLosses {
  /**
   * Nats of every token of up to a batch of pages, page after page; rows beyond them say nothing.
   * Valid until the next call.
   */
  of(pages: readonly Uint16Array[]): Promise<Float64Array | Float32Array>;
  /** Gives back what it holds. */
  close(): void;
}

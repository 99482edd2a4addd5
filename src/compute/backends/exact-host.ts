/** What the exact team asks of the host's threads. */

/** What a helper thread is started with. */
export interface HelperStart {
  readonly memory: WebAssembly.Memory;
  readonly module: WebAssembly.Module;
  readonly thread: number;
}

export interface Helper {
  /** Resolves when it serves; rejects when it could not start. */
  readonly ready: Promise<void>;
  /** Resolves when it has ended; the team has told it to. */
  exited(): Promise<void>;
}

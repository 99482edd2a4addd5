/**
 * Who serves a ledger, of several authorities that could: one register a ledger, written by compare
 * and set, that holds the leader's claim. All adapters pass `src/testing/contracts/leadership.ts`.
 *
 * It is an optimisation and never the safety: that is the expected position of every append. The
 * register therefore knows no time. How long a claim is good for is the claim's own promise, and
 * whoever waits for it to lapse measures that by how long the revision stays (roles/turns.ts).
 */

/** Made by the leader, and again and again while it leads. */
export interface Claim {
  /** The handle that made it; unique to one life of one process. */
  readonly holder: string;
  /** Others may take over when it has not been made again for so long. */
  readonly leaseMs: number;
}

/** The register as it was last written. */
export interface Standing {
  /** Ascends with every write. */
  readonly revision: number;
  /** Null when nobody leads: never claimed, released, or the holder is known for certain to be gone. */
  readonly claim: Claim | null;
}

export interface Leadership {
  /** What this handle's claims are made under. */
  readonly self: string;
  /**
   * Never behind a claim that was answered.
   * @throws Fault channel_unavailable | permission_denied
   */
  look(): Promise<Standing>;
  /**
   * Claim the lead, if nobody has written since `revision`. The new revision, or null when somebody
   * has. Waits no longer than a part of the lease: an answer that comes late is no use.
   * @throws Fault channel_unavailable (whether it was written is not known) | permission_denied
   */
  claim(leaseMs: number, revision: number): Promise<number | null>;
  /** Give the lead up, if nobody has written since `revision`. */
  release(revision: number): Promise<void>;
  close(): Promise<void>;
}

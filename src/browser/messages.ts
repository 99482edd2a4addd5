/** What the page and its audit worker say to one another. Plain data: it crosses between threads. */
import type { FaultCode } from '../commands/ports/fault.ts';
import type { Check } from '../roles/audit/check.ts';

/** To the worker: the first message is an `open`, and there is one of them. */
export type ToWorker =
  | {
      readonly kind: 'open';
      readonly ndjson: Blob;
      readonly checkpoint: string | null;
      /** Whose signature is asked for; null: that of the authority which the ledger names. */
      readonly verifierKey: string | null;
      /** Canonical JSON of the live books. */
      readonly books: string | null;
      /** Files named by the SHA-256 of what is in them, 64 hex digits; `asked`: the page is asked. */
      readonly artifacts: readonly File[] | 'asked';
      /** That verify author signatures beside the audit's own; 1: none. */
      readonly threads: number;
    }
  | { readonly kind: 'recompute'; readonly id: string }
  /** What came for a `wanted`; null: it is not to be had. */
  | { readonly kind: 'artifact'; readonly digest: string; readonly file: Blob | null };

/** Something that can be computed again: a contribution, or the outer step of a window. */
export interface Recomputable {
  readonly id: string;
  readonly what: 'contribution' | 'outer step';
  readonly run: string;
  readonly window: number;
  /** Contributions only. */
  readonly slot: number | null;
  readonly author: { readonly participant: string; readonly name: string } | null;
  readonly disposition: string;
  /** Digest in the ledger: of the committed delta, of the checkpoint that was agreed on. */
  readonly recorded: string;
  readonly sequence: number | null;
  readonly isTolerant: boolean;
}

export interface Recomputed {
  readonly id: string;
  readonly status: 'ok' | 'failed';
  /** What the work comes to; null where it comes to nothing. */
  readonly own: string | null;
  readonly detail: string;
  readonly sequence: number | null;
  readonly elapsedMs: number;
}

export interface Summary {
  readonly ok: boolean;
  readonly entries: number;
  readonly bytes: number;
  readonly ledger: string | null;
  /** What `daybook replay` prints; null where the transitions do not hold. */
  readonly booksDigest: string | null;
  readonly verifierKey: string | null;
  readonly elapsedMs: number;
}

export type FromWorker =
  | {
      readonly kind: 'progress';
      readonly what: string;
      readonly done: number;
      readonly total: number;
      readonly elapsedMs: number;
    }
  | { readonly kind: 'check'; readonly check: Check }
  /** One that a check named: its beginning, as it stands in the recording. */
  | { readonly kind: 'entry'; readonly sequence: number; readonly entry: string }
  | { readonly kind: 'summary'; readonly summary: Summary }
  /** Empty where there is nothing to compute again, or nothing to do it from. */
  | { readonly kind: 'work'; readonly items: readonly Recomputable[] }
  | { readonly kind: 'wanted'; readonly digest: string }
  | { readonly kind: 'recomputing'; readonly id: string }
  | { readonly kind: 'recomputed'; readonly result: Recomputed }
  /** Not what an audit finds, but a fault; without a code a defect, or a browser that cannot. */
  | { readonly kind: 'broken'; readonly code: FaultCode | null; readonly message: string };

/** What is on record of states that workers have reached, and of artifacts that nodes offer in chunks. */
import type { Digest } from '../events/ids.ts';

export interface Reached {
  readonly session: number;
  readonly revision: number;
  readonly sequence: number;
}

export interface ChunksOffer {
  readonly artifact: { readonly digest: Digest; readonly sizeBytes: number };
  readonly chunkBytes: number;
  readonly count: number;
  /** RFC 6962 root over the chunks, in hex: the offering node's word. */
  readonly root: string;
  readonly endpoint: string;
  readonly untilMs: number;
}

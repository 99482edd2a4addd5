/** Randomness, as roles see it: keys, command ids. Deciders never see it. */
export interface Entropy {
  bytes(length: number): Uint8Array;
}

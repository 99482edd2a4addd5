/**
 * Assertions of the compute room. A failed one is a bug of the caller or of this room, never bad
 * input (that is a typed error). Own, because the room also runs where node:assert does not.
 */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`invariant: ${message}`);
}

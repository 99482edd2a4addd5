/** Stands in for `node:assert`: the core states its invariants with the bare call alone. */
class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

export default function assert(
  value: unknown,
  message = 'an invariant does not hold',
): asserts value {
  if (!value) throw new AssertionError(message);
}

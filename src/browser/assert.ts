/** Stands in for `node:assert`: what the core states its invariants with. */
class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

function assert(value: unknown, message = 'an invariant does not hold'): asserts value {
  if (!value) throw new AssertionError(message);
}

assert.fail = (message: string): never => {
  throw new AssertionError(message);
};

export default assert;

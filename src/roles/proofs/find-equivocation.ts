/**
 * Looks through signed statements, of whatever logs and commands, for pairs that conflict. Statements
 * that their author did not sign are passed over: they prove nothing about it.
 */
import { verifyStatement } from '../../events/statement.ts';
import { conflictKeys, conflictOf, declared } from '../../events/conflict.ts';
import { formatEquivocation } from '../../events/equivocation.ts';
import type { SignedStatement } from '../../events/equivocation.ts';

/** Evidence texts, at most one for each statement that contradicts an earlier one. */
export function* findEquivocations(signed: Iterable<SignedStatement>): Generator<string> {
  const byKey = new Map<string, SignedStatement>();
  for (const one of signed) {
    if (!declared(one.statement) || !verifyStatement(one.statement, one.sig)) continue;
    let accused = false;
    for (const key of conflictKeys(one.statement)) {
      const before = byKey.get(key);
      if (before === undefined) byKey.set(key, one);
      else if (!accused && conflictOf(before.statement, one.statement) !== null) {
        accused = true;
        yield formatEquivocation(before, one);
      }
    }
  }
}

/** What the ledger refused, where the role that asked cannot go on without it. */
import type { Refusal, RefusalCode } from '../commands/refusal.ts';

export class Refused extends Error {
  override readonly name = 'Refused';
  readonly code: RefusalCode;

  /** @param what that the role wanted, as in "cannot join" */
  constructor(what: string, { code, message }: Pick<Refusal, 'code' | 'message'>) {
    super(`${what}: ${code}: ${message}`);
    this.code = code;
  }
}

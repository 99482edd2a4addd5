/** For tests of what is found in a ledger alone: no key is trusted, no books and no weights are there. */
import type { AuditReport } from '../roles/audit/audit.ts';
import { audit } from '../roles/audit/audit.ts';
import type { Recorded } from '../roles/audit/recorded-lines.ts';

export const auditAlone = (ndjson: Recorded, checkpoint: string): Promise<AuditReport> =>
  audit({
    ndjson,
    checkpoint,
    verifierKey: null,
    books: null,
    weights: null,
    nowMs: () => 0,
    onCheck: () => {},
    onProgress: () => {},
  });

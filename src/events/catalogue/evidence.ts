/** Facts that anybody may bring: evidence that proves itself. */
import { object, oneOf, text } from '../codecs.ts';
import { declareFact } from './declare.ts';

export const evidenceSubmitted = declareFact({
  type: 'daybook.evidence.submitted.v1',
  author: 'anyone',
  command: 'submit-evidence',
  doc: 'Somebody shows that a key of this ledger signed two things that cannot both be honest.',
  subject: ({ kind }) => `evidence/${kind}`,
  data: object({
    /** `equivocation`: two statements of a node; `fork`: two heads of the ledger. */
    kind: oneOf('equivocation', 'fork'),
    /** As `daybook verify` reads it. */
    text: text('evidence', /^[^\ud800-\udfff]{1,131072}$/su),
  }),
});

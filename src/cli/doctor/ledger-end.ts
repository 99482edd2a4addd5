/** How a ledger begins and ends, for a bug report: which facts, not what is in them. */
import { LOG_START } from '../../events/ids.ts';
import type { LogPosition } from '../../events/ids.ts';
import { unpackCommit } from '../../events/commit-codec.ts';
import type { LedgerOptions } from '../ledger/ledger-options.ts';
import { openAt } from '../ledger/ledger-options.ts';

const COMMITS = 50;

interface Brief {
  readonly type?: string;
  readonly sequence?: string;
  readonly time?: string;
  readonly subject?: string;
}

export async function ledgerEnd(at: LedgerOptions) {
  const { log, close } = await openAt(at, { create: false });
  try {
    const head = await log.head();
    const commits = [];
    const after = Math.max(head.position - COMMITS, LOG_START) as LogPosition;
    for await (const commit of log.read(after)) {
      const { id, first, count, root, payload } = commit;
      const lines = unpackCommit(commit);
      const entries =
        lines._tag === 'Left'
          ? lines.left.message
          : lines.right.map((line) => {
              const { type, time, subject } = JSON.parse(
                Buffer.from(line).toString('utf8'),
              ) as Brief;
              return { type, time, subject };
            });
      commits.push({ id, first, count, root, bytes: payload.byteLength, entries });
    }
    return { head, commits };
  } finally {
    await close();
  }
}

/**
 * A log whose appends are spans of the commands in them: a commit carries those of many callers, and
 * each trace shows the one that it waited for. The commit itself says nothing of traces: what is
 * stored for ever must be the same with and without them.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import type { EventLog } from '../../commands/ports/event-log.ts';
import type { Commit } from '../../events/commit.ts';
import type { Decisions } from './decisions.ts';
import type { Span, Tracer } from './tracer.ts';

interface Recorded {
  readonly command: string;
  readonly first: number;
  readonly count: number;
  /** The run that it set going; null: none. */
  readonly run: string | null;
}

interface Line {
  readonly commandid: string;
  readonly type: string;
  readonly data: { readonly run?: string };
}

const SETS_GOING = /^daybook\.run\.(initializing|resumed)\./;

/** Which entries of a commit each of its commands led to; the lines are our own writer's. */
function commandsIn({ payload, first, count }: Commit): Recorded[] {
  const lines = Buffer.from(payload).toString('utf8').split('\n', count);
  const found: Recorded[] = [];
  for (const [at, line] of lines.entries()) {
    const { commandid, type, data } = JSON.parse(line) as Line;
    const last = found.at(-1);
    if (last?.command === commandid) found[found.length - 1] = { ...last, count: last.count + 1 };
    else {
      const run = SETS_GOING.test(type) ? (data.run ?? null) : null;
      found.push({ command: commandid, first: first + at, count: 1, run });
    }
  }
  return found;
}

interface Appending extends Recorded {
  /** Of the command, or of the tick that is nobody's. */
  readonly cause: Span;
  readonly isTick: boolean;
  readonly span: Span;
}

function begin(tracer: Tracer, { underWay }: Decisions, commit: Commit): Appending[] {
  return commandsIn(commit).map((one) => {
    const asked = underWay.get(one.command);
    const cause = asked ?? tracer.start('tick', { parent: null });
    const span = tracer.start('append', {
      parent: cause.context,
      kind: 'client',
      attributes: {
        'daybook.commit': commit.id,
        'daybook.commit.entries': commit.count,
        'daybook.entry': one.first,
        'daybook.entries': one.count,
      },
    });
    return { ...one, cause, isTick: asked === undefined, span };
  });
}

function end(
  all: readonly Appending[],
  { causes, levers }: Decisions,
  failure: string | null,
): void {
  for (const { cause, isTick, span, first, count, run } of all) {
    span.end(failure);
    if (isTick) cause.end(failure);
    if (failure !== null || !cause.context.isSampled) continue;
    if (run !== null && !isTick) levers.set(run, cause.context);
    for (let sequence = first; sequence < first + count; sequence += 1)
      causes.set(sequence, cause.context);
  }
}

export function tracedLog(log: EventLog, tracer: Tracer, decisions: Decisions): EventLog {
  return {
    ledger: log.ledger,
    appendsInFlight: log.appendsInFlight,
    head: () => log.head(),
    append: async (commit, expected, previous) => {
      const appending = begin(tracer, decisions, commit);
      try {
        const answer = await log.append(commit, expected, previous);
        const { head } = isLeft(answer) ? answer.left : { head: null };
        const why = head === null ? null : `another writer was first: the log has ${head.size}`;
        end(appending, decisions, why);
        return answer;
      } catch (error) {
        end(appending, decisions, (error as Error).message);
        throw error;
      }
    },
    read: (after) => log.read(after),
    follow: (after, signal) => log.follow(after, signal),
    close: () => log.close(),
  };
}

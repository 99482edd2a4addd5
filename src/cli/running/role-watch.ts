/** What authority and nodes tell of their work, counted and logged. */
import { isRight } from 'fp-ts/lib/Either.js';
import { decodeCommand } from '../../commands/command.ts';
import type { ActorId } from '../../events/ids.ts';
import type { Books } from '../../projections/books.ts';
import { identityOf } from '../../projections/identities.ts';
import type { AuthorityWatch } from '../../roles/authority.ts';
import type { NodeWatch } from '../../roles/node.ts';
import { gaugeOf } from '../../roles/telemetry/meter.ts';
import { contextOf } from '../../roles/traces/trace-context.ts';
import type { LogWatch } from '../../roles/telemetry/log-watch.ts';
import type { Telemetry } from './telemetry-options.ts';

const secondsSince = (startMs: number): number => (performance.now() - startMs) / 1000;

export function authorityWatch(telemetry: Telemetry, log: LogWatch): AuthorityWatch {
  const { meter, say } = telemetry;
  return {
    opened: (state) => log.follow(() => state().books.ledger),
    received: (bytes) => {
      const startMs = performance.now();
      return (reply) => {
        const code = reply.status === 'recorded' ? 'none' : reply.code;
        meter.count('daybook_commands_total', { outcome: reply.status, code });
        meter.observe('daybook_command_seconds', {}, secondsSince(startMs));
        // Reading it again costs what a decision costs: only for lines that are written.
        if (reply.status === 'recorded' && !telemetry.isSaid('debug')) return;
        const decoded = decodeCommand(bytes);
        const named = isRight(decoded)
          ? { command: decoded.right.id, actor: decoded.right.actor, type: decoded.right.fact.type }
          : { command: null, actor: null, type: null };
        const what = `${named.type ?? 'a command'} ${named.command ?? ''}`.trimEnd();
        if (reply.status === 'recorded')
          say(`${what}: entry ${reply.sequence}`, 'command.recorded', {
            ...named,
            entry: reply.sequence,
            entries: reply.count,
            repeated: reply.repeated,
          });
        else
          say(
            `${what} ${reply.status}: ${reply.code}: ${reply.message}`,
            reply.status === 'refused' ? 'command.refused' : 'command.fault',
            { ...named, code: reply.code },
          );
      };
    },
  };
}

interface Watched {
  readonly key: ActorId;
  /** Aborts when the node is to finish what it holds and end; absent: nobody here asks for that. */
  readonly drain?: AbortSignal | undefined;
}

/** Why a node that has joined takes no work; null: it does. Whoever asked for it, here or elsewhere. */
export function drainingOf(books: Books, { key, drain }: Watched): string | null {
  if (books.members[identityOf(books, key)]?.status === 'draining')
    return 'draining: finishes what it holds and takes nothing new';
  return drain?.aborted === true
    ? 'draining: told to, and waits until the ledger lets it or others are there'
    : null;
}

export function nodeWatch(telemetry: Telemetry, log: LogWatch, watched: Watched): NodeWatch {
  const { meter, say, tracer } = telemetry;
  let session: number | null = null;
  let step: string | null = null;
  let books: () => Books | null = () => null;
  telemetry.check(() => {
    const now = books();
    if (session === null || now === null) return 'not joined yet';
    return drainingOf(now, watched);
  });
  telemetry.tell(() => ({ session, step }));
  meter.collect(() => [gaugeOf('daybook_node_joined', session === null ? 0 : 1)]);
  return {
    opened: (follower) => {
      books = () => follower.books;
      log.follow(() => follower.books.ledger);
    },
    joined: (number) => {
      session = number;
    },
    within: ({ kind, about, sequence }, trace, work) => {
      if (tracer === null) return work();
      const span = tracer.start(`work on ${kind}`, {
        kind: 'consumer',
        parent: contextOf(trace),
        attributes: { 'daybook.step': kind, 'daybook.about': about, 'daybook.entry': sequence },
      });
      return tracer.around(span, work);
    },
    began: ({ kind, about, sequence }) => {
      const startMs = performance.now();
      step = `${kind} ${about}`;
      say(`${kind} ${about} begins`, 'step.started', { kind, about, sequence });
      return (outcome) => {
        step = null;
        tracer?.active?.set({ 'daybook.outcome': outcome });
        const seconds = secondsSince(startMs);
        meter.count('daybook_steps_total', { kind, outcome });
        meter.observe('daybook_step_seconds', { kind }, seconds);
        if (outcome === 'done')
          say(`${kind} ${about} done`, 'step.done', { kind, about, sequence, seconds });
      };
    },
  };
}

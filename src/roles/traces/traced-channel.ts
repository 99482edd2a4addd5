/**
 * A channel whose requests, answers and steps are spans, and whose messages carry them. Steps about
 * one piece of work - an assignment, a window - are one trace, from the first on; what led to each of
 * them is its parent where it belongs to that trace, else a link; its first one links to the command
 * that set the run going, too, for what is due by time comes from a tick, which is nobody's.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import { decodeCommand } from '../../commands/command.ts';
import type {
  Channel,
  IncomingRequest,
  RequestKind,
  RequestOptions,
  ServeOptions,
} from '../../commands/ports/channel.ts';
import { decodeReply } from '../../commands/reply.ts';
import type { ActorId } from '../../events/ids.ts';
import { decodeStep } from '../steps.ts';
import type { Decisions } from './decisions.ts';
import { contextOf, headersOf } from './trace-context.ts';
import type { SpanContext } from './trace-context.ts';
import type { Attributes, Span, Tracer } from './tracer.ts';

/** What a span says of a command that can be read. */
function commandIn(kind: RequestKind, payload: Uint8Array): (Attributes & { type: string }) | null {
  if (kind !== 'command') return null;
  const decoded = decodeCommand(payload);
  if (isLeft(decoded)) return null;
  const { id, ledger, actor, fact } = decoded.right;
  return { type: fact.type, id, ledger, actor };
}

/** Names it for the fact a command asserts; who and which are attributes. */
function describe(span: Span, what: string, kind: RequestKind, payload: Uint8Array): string | null {
  if (!span.context.isSampled) return null;
  const command = commandIn(kind, payload);
  span.name = `${what} ${command?.type ?? kind}`;
  if (command === null) return null;
  span.set({
    'daybook.ledger': command['ledger'] as string,
    'daybook.command.id': command['id'] as string,
    'daybook.actor': command['actor'] as string,
  });
  return command['id'] as string;
}

/** A refusal is an answer; only a fault is a failure. */
function settle(span: Span, kind: RequestKind, payload: Uint8Array): void {
  if (kind !== 'command' || !span.context.isSampled) return span.end();
  try {
    const reply = decodeReply(payload);
    span.set({ 'daybook.outcome': reply.status });
    if (reply.status === 'recorded') span.set({ 'daybook.entry': reply.sequence });
    else span.set({ 'daybook.code': reply.code });
    span.end(reply.status === 'fault' ? `${reply.code}: ${reply.message}` : null);
  } catch (error) {
    span.end((error as Error).message);
  }
}

async function request(
  channel: Channel,
  tracer: Tracer,
  kind: RequestKind,
  payload: Uint8Array,
  options: RequestOptions,
): Promise<Uint8Array> {
  // A question that is asked again and again on its own is nobody's story.
  if (kind === 'query' && tracer.active === null) return channel.request(kind, payload, options);
  const span = tracer.start(kind, { kind: 'client' });
  describe(span, 'send', kind, payload);
  try {
    const trace = headersOf(span.context);
    const answer = await channel.request(kind, payload, { ...options, trace });
    settle(span, kind, answer);
    return answer;
  } catch (error) {
    span.end((error as Error).message);
    throw error;
  }
}

const handling =
  (tracer: Tracer, { underWay }: Decisions, handler: (request: IncomingRequest) => void) =>
  (incoming: IncomingRequest): void => {
    const { kind, payload, trace } = incoming;
    const span = tracer.start(kind, { kind: 'server', parent: contextOf(trace) });
    const command = describe(span, 'decide', kind, payload);
    if (command !== null) underWay.set(command, span);
    const reply = (bytes: Uint8Array): void => {
      if (command !== null && underWay.get(command) === span) underWay.delete(command);
      try {
        incoming.reply(bytes, headersOf(span.context));
      } finally {
        settle(span, kind, bytes);
      }
    };
    tracer.within(span, () => handler({ ...incoming, reply }));
  };

function stepSpan(
  tracer: Tracer,
  { causes, levers, stories }: Decisions,
  addressee: ActorId,
  payload: Uint8Array,
): Span | null {
  const step = decodeStep(payload);
  if (step === null) return null;
  const { kind, about, sequence } = step;
  const story = stories.get(about);
  const cause = causes.get(sequence);
  const isWithin = cause !== undefined && cause.traceId === story?.traceId;
  const parent: SpanContext | null = isWithin ? cause : (story ?? null);
  const led = isWithin || cause === undefined ? [] : [cause];
  const lever = story === undefined ? levers.get(about.split('/', 1)[0] ?? about) : undefined;
  const span = tracer.start(`hand out ${kind}`, {
    kind: 'producer',
    parent,
    links: lever === undefined || lever === led[0] ? led : [...led, lever],
    attributes: {
      'daybook.step': kind,
      'daybook.about': about,
      'daybook.entry': sequence,
      'daybook.addressee': addressee,
    },
  });
  if (story === undefined) stories.set(about, span.context);
  return span;
}

/** @param decisions shared with the log of the same authority; parties that only ask need none */
export function tracedChannel(channel: Channel, tracer: Tracer, decisions: Decisions): Channel {
  return {
    request: (kind, payload, options) => request(channel, tracer, kind, payload, options),
    serve: (handler, signal, options: ServeOptions = {}) =>
      channel.serve(handling(tracer, decisions, handler), signal, options),
    publishStep: async (addressee, stepId, payload) => {
      const span = stepSpan(tracer, decisions, addressee, payload);
      if (span === null) return channel.publishStep(addressee, stepId, payload);
      return tracer.around(span, () =>
        channel.publishStep(addressee, stepId, payload, headersOf(span.context)),
      );
    },
    steps: (addressee, options, signal) => channel.steps(addressee, options, signal),
    close: () => channel.close(),
  };
}

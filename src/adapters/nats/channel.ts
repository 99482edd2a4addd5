/** The channel on NATS: requests over core NATS, steps through a JetStream work queue. */
import { checkMessageSize } from '../message-size.ts';
import { stepsStream, subjectsOf, type Subjects } from './declarations.ts';
import { ensureStream, type Link } from './link.ts';
import { sendRequest, serveRequests } from './requests.ts';
import { consumeSteps, publishStep } from './steps.ts';
import type {
  Channel,
  IncomingRequest,
  RequestKind,
  RequestOptions,
  ServeOptions,
  StepDelivery,
  TraceHeaders,
} from '../../commands/ports/channel.ts';
import type { ActorId, LedgerId } from '../../events/ids.ts';

class NatsChannel implements Channel {
  readonly #link: Link;
  readonly #ledger: LedgerId;
  readonly #subjects: Subjects;
  readonly #closed = new AbortController();

  constructor(link: Link, ledger: LedgerId) {
    this.#link = link;
    this.#ledger = ledger;
    this.#subjects = subjectsOf(ledger);
  }

  async request(
    kind: RequestKind,
    payload: Uint8Array,
    options: RequestOptions,
  ): Promise<Uint8Array> {
    checkMessageSize('request', payload);
    return await sendRequest(this.#link, this.#subjects, kind, payload, options);
  }

  serve(
    handler: (request: IncomingRequest) => void,
    signal: AbortSignal,
    options: ServeOptions = {},
  ): Promise<void> {
    const stop = AbortSignal.any([signal, this.#closed.signal]);
    return serveRequests(this.#link, this.#subjects, handler, stop, options);
  }

  publishStep(
    addressee: ActorId,
    stepId: string,
    payload: Uint8Array,
    trace?: TraceHeaders,
  ): Promise<void> {
    return publishStep(this.#link, this.#ledger, { addressee, stepId, payload, trace });
  }

  steps(
    addressee: ActorId,
    { redeliverAfterMs }: { readonly redeliverAfterMs: number },
    signal: AbortSignal,
  ): AsyncIterable<StepDelivery> {
    const stop = AbortSignal.any([signal, this.#closed.signal]);
    return consumeSteps(this.#link, this.#ledger, addressee, redeliverAfterMs, stop);
  }

  async close(): Promise<void> {
    this.#closed.abort();
  }
}

/** @throws Fault log_not_found | log_unavailable | permission_denied | storage_full */
export async function openChannel(link: Link, ledger: LedgerId): Promise<Channel> {
  await ensureStream(link, stepsStream(ledger));
  return new NatsChannel(link, ledger);
}

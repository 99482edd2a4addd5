/**
 * The channel as one process sees it: the memory channel behind messages that are lost, doubled,
 * delayed and overtaken. Invariant: a request that is answered was answered by whoever served it, and
 * a step stays in its queue until its acknowledgement has arrived.
 */
import { checkMessageSize } from '../adapters/message-size.ts';
import type {
  Channel,
  IncomingRequest,
  RequestKind,
  RequestOptions,
  StepDelivery,
} from '../commands/ports/channel.ts';
import { Fault } from '../commands/ports/fault.ts';
import type { ActorId } from '../events/ids.ts';
import type { Host } from './host.ts';

/** Sees each answer as it arrives at whoever asked. */
export type AnswerWatch = (kind: RequestKind, payload: Uint8Array, reply: Uint8Array) => void;

export class SimulatedChannel implements Channel {
  readonly #inner: Channel;
  readonly #host: Host;
  readonly #watch: AnswerWatch;

  constructor(inner: Channel, host: Host, watch: AnswerWatch = () => {}) {
    this.#inner = inner;
    this.#host = host;
    this.#watch = watch;
  }

  request(kind: RequestKind, payload: Uint8Array, options: RequestOptions): Promise<Uint8Array> {
    const sent = new Uint8Array(payload);
    const answered = new Promise<Uint8Array>((resolve, reject) => {
      const callOff = this.#host.scheduler.after(options.timeoutMs, () =>
        reject(
          new Fault('request_timeout', `No answer to the ${kind} in ${options.timeoutMs} ms.`, {
            retryable: true,
          }),
        ),
      );
      const settle = (act: () => void) => (): void => {
        callOff();
        act();
      };
      this.#arriving(() => {
        this.#inner.request(kind, sent, options).then(
          (reply) =>
            this.#arriving(
              settle(() => {
                this.#watch(kind, sent, reply);
                resolve(reply);
              }),
            ),
          (error: unknown) => {
            // Its own patience is the asker's, which has run out as well.
            if (!(error instanceof Fault) || error.code !== 'request_timeout')
              settle(() => reject(error as Error))();
          },
        );
      });
    });
    return this.#host.seen(answered);
  }

  /** Once for every copy that arrives. */
  #arriving(act: () => void): void {
    const { weather, scheduler, name } = this.#host;
    for (const ms of weather.arrivals(name)) {
      if (ms === 0) act();
      else scheduler.after(ms, act);
    }
  }

  serve(handler: (request: IncomingRequest) => void, signal: AbortSignal): Promise<void> {
    const stop = AbortSignal.any([signal, this.#host.death]);
    const served = this.#inner.serve(({ kind, payload, reply }) => {
      const answering = (bytes: Uint8Array): void => {
        checkMessageSize('reply', bytes);
        const answer = new Uint8Array(bytes);
        if (this.#host.alive) this.#arriving(() => reply(answer));
      };
      this.#arriving(() => {
        this.#host.whenAwake(() => handler({ kind, payload, reply: answering }));
      });
    }, stop);
    return this.#host.seen(served);
  }

  publishStep(addressee: ActorId, stepId: string, payload: Uint8Array): Promise<void> {
    return this.#host.seen(
      this.#arrived('step', () => this.#inner.publishStep(addressee, stepId, payload)),
    );
  }

  /** Something that is answered when it is done. @throws Fault channel_unavailable */
  async #arrived(what: string, act: () => Promise<void>): Promise<void> {
    const copies = this.#host.weather.arrivals(this.#host.name);
    if (copies.length === 0) {
      await this.#host.hop(200);
      throw new Fault('channel_unavailable', `The ${what} was not answered.`, { retryable: true });
    }
    for (const ms of copies) {
      await this.#host.hop(ms);
      await act();
    }
  }

  async *steps(
    addressee: ActorId,
    options: { readonly redeliverAfterMs: number },
    signal: AbortSignal,
  ): AsyncIterable<StepDelivery> {
    const stop = AbortSignal.any([signal, this.#host.death]);
    for await (const delivery of this.#inner.steps(addressee, options, stop)) {
      for (const ms of this.#host.weather.arrivals(this.#host.name)) {
        await this.#host.hop(ms);
        await this.#host.awake();
        if (signal.aborted) return;
        yield this.#deliveryOf(delivery);
      }
    }
    await this.#host.awake();
  }

  #deliveryOf(delivery: StepDelivery): StepDelivery {
    const { stepId, payload, attempt } = delivery;
    const told = (tell: () => Promise<void>): Promise<void> => {
      this.#arriving(() => void tell());
      return Promise.resolve();
    };
    return {
      stepId,
      payload,
      attempt,
      ack: () => this.#host.seen(this.#arrived('acknowledgement', () => delivery.ack())),
      nak: (delayMs) => told(() => delivery.nak(delayMs)),
      working: () => told(() => delivery.working()),
    };
  }

  async close(): Promise<void> {
    await this.#inner.close();
  }
}

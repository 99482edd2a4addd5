/**
 * The channel in memory. Requests wait for a server; steps queue per addressee, first in, first out:
 * a step that was handed back or whose worker went silent keeps its place at the head. Nothing is
 * timed except through the world's clock.
 */
import { Bell } from '../bell.ts';
import { checkMessageSize } from '../message-size.ts';
import { DEDUPE_HORIZON_MS } from '../step-queue.ts';
import type { MemoryLedger, MemoryWorld, QueuedStep, WaitingRequest } from './world.ts';
import { stepBell } from './world.ts';
import type {
  Channel,
  IncomingRequest,
  RequestKind,
  RequestOptions,
  StepDelivery,
} from '../../commands/ports/channel.ts';
import type { Clock } from '../../commands/ports/clock.ts';
import { Fault } from '../../commands/ports/fault.ts';
import type { ActorId, LedgerId } from '../../events/ids.ts';

const doneKey = (addressee: ActorId, stepId: string): string => `${addressee} ${stepId}`;

class MemoryChannel implements Channel {
  readonly #shared: MemoryLedger;
  readonly #clock: Clock;
  readonly #closed = new AbortController();

  constructor(shared: MemoryLedger, clock: Clock) {
    this.#shared = shared;
    this.#clock = clock;
  }

  async request(
    kind: RequestKind,
    payload: Uint8Array,
    options: RequestOptions,
  ): Promise<Uint8Array> {
    checkMessageSize('request', payload);
    const answered = new Bell();
    let reply: Uint8Array | undefined;
    const request: WaitingRequest = {
      kind,
      payload: new Uint8Array(payload),
      answer: (bytes) => {
        reply ??= bytes;
        answered.ring();
      },
    };
    this.#shared.requests.push(request);
    this.#dispatch();
    const alarm = { clock: this.#clock, afterMs: options.timeoutMs };
    await answered.wait(this.#closed.signal, alarm);
    if (reply !== undefined) return reply;
    const at = this.#shared.requests.indexOf(request);
    if (at >= 0) this.#shared.requests.splice(at, 1);
    if (this.#closed.signal.aborted) {
      throw new Fault('channel_unavailable', 'The channel was closed.', { retryable: false });
    }
    throw new Fault('request_timeout', `No answer to the ${kind} in ${options.timeoutMs} ms.`, {
      retryable: true,
    });
  }

  /** Hands waiting requests, in order, to the servers in turn. */
  #dispatch(): void {
    const { requests, servers } = this.#shared;
    while (requests.length > 0) {
      const server = servers.shift();
      if (server === undefined) return;
      servers.push(server);
      const { kind, payload, answer } = requests.shift() as WaitingRequest;
      const reply = (bytes: Uint8Array): void => {
        checkMessageSize('reply', bytes);
        answer(new Uint8Array(bytes));
      };
      queueMicrotask(() => server({ kind, payload, reply }));
    }
  }

  async serve(handler: (request: IncomingRequest) => void, signal: AbortSignal): Promise<void> {
    const stop = AbortSignal.any([signal, this.#closed.signal]);
    if (stop.aborted) return;
    const server = (request: IncomingRequest): void => handler(request);
    this.#shared.servers.push(server);
    this.#dispatch();
    await new Bell().wait(stop);
    this.#shared.servers.splice(this.#shared.servers.indexOf(server), 1);
  }

  async publishStep(addressee: ActorId, stepId: string, payload: Uint8Array): Promise<void> {
    checkMessageSize('step', payload);
    const { done, steps } = this.#shared;
    const nowMs = this.#clock.nowMs();
    for (const [key, doneMs] of done) {
      if (doneMs + DEDUPE_HORIZON_MS > nowMs) break;
      done.delete(key);
    }
    if (done.has(doneKey(addressee, stepId))) return;
    const queue = steps.get(addressee) ?? [];
    if (queue.some((queued) => queued.stepId === stepId)) return;
    queue.push({ stepId, payload: new Uint8Array(payload), attempt: 0, dueMs: nowMs });
    steps.set(addressee, queue);
    stepBell(this.#shared, addressee).ring();
  }

  async *steps(
    addressee: ActorId,
    options: { readonly redeliverAfterMs: number },
    signal: AbortSignal,
  ): AsyncIterable<StepDelivery> {
    const { steps } = this.#shared;
    const changed = stepBell(this.#shared, addressee);
    const stop = AbortSignal.any([signal, this.#closed.signal]);
    while (!stop.aborted) {
      const head = steps.get(addressee)?.[0];
      const waitMs = head === undefined ? null : head.dueMs - this.#clock.nowMs();
      if (head === undefined || waitMs === null || waitMs > 0) {
        const alarm = waitMs === null ? undefined : { clock: this.#clock, afterMs: waitMs };
        await changed.wait(stop, alarm);
        continue;
      }
      yield this.#deliver(addressee, head, options.redeliverAfterMs);
    }
  }

  #deliver(addressee: ActorId, step: QueuedStep, redeliverAfterMs: number): StepDelivery {
    const { done, steps } = this.#shared;
    const changed = stepBell(this.#shared, addressee);
    const attempt = ++step.attempt;
    const dueAfter = async (ms: number): Promise<void> => {
      if (step.attempt !== attempt) return;
      step.dueMs = this.#clock.nowMs() + ms;
      changed.ring();
    };
    step.dueMs = this.#clock.nowMs() + redeliverAfterMs;
    return {
      stepId: step.stepId,
      payload: new Uint8Array(step.payload),
      attempt,
      ack: async () => {
        const queue = steps.get(addressee) ?? [];
        const at = queue.indexOf(step);
        if (at < 0) return;
        queue.splice(at, 1);
        done.set(doneKey(addressee, step.stepId), this.#clock.nowMs());
        changed.ring();
      },
      nak: dueAfter,
      working: () => dueAfter(redeliverAfterMs),
    };
  }

  async close(): Promise<void> {
    this.#closed.abort();
  }
}

export function openChannel(world: MemoryWorld, ledger: LedgerId): Channel {
  return new MemoryChannel(world.ledger(ledger), world.clock);
}

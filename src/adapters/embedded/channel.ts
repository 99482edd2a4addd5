/**
 * The channel of one machine: tables in a SQLite file that callers, servers and workers of several
 * processes share. Requests are visible at once but not synced (losing one is a timeout, which
 * callers handle); steps and their acknowledgements are on the disk before their call resolves.
 */
import { checkMessageSize } from '../message-size.ts';
import { DEDUPE_HORIZON_MS } from '../step-queue.ts';
import { CHANNEL_SCHEMA, requestStatements, stepStatements } from './channel-tables.ts';
import { channelPath, prepareFolder } from './folder.ts';
import { SqliteFile } from './sqlite-file.ts';
import { sqliteFault } from './sqlite-fault.ts';
import type {
  Channel,
  IncomingRequest,
  RequestKind,
  RequestOptions,
  StepDelivery,
} from '../../commands/ports/channel.ts';
import { Fault } from '../../commands/ports/fault.ts';
import type { ActorId } from '../../events/ids.ts';

const TAKE_BATCH = 256;
/** How long the request of a caller that died stays after its deadline. */
const ABANDONED_MS = 60_000;
const SWEEP_EVERY_MS = 10_000;

interface RequestRow {
  readonly number: number;
  readonly kind: RequestKind;
  readonly deadline_ms: number;
  readonly payload: Uint8Array;
}

interface StepRow {
  readonly number: number;
  readonly step_id: string;
  readonly attempt: number;
  readonly due_ms: number;
  readonly payload: Uint8Array;
}

class EmbeddedChannel implements Channel {
  readonly #file: SqliteFile;
  readonly #closed = new AbortController();
  readonly #requests;
  readonly #steps;
  #sweptMs = 0;

  constructor(file: SqliteFile) {
    this.#file = file;
    this.#requests = requestStatements(file.db);
    this.#steps = stepStatements(file.db);
  }

  async request(
    kind: RequestKind,
    payload: Uint8Array,
    options: RequestOptions,
  ): Promise<Uint8Array> {
    checkMessageSize('request', payload);
    const deadlineMs = Date.now() + options.timeoutMs;
    const bytes = new Uint8Array(payload);
    const number = await this.#file.write(
      () => Number(this.#requests.send.run(kind, deadlineMs, bytes).lastInsertRowid),
      { durable: false },
    );
    try {
      return await this.#reply(number, kind, deadlineMs);
    } finally {
      this.#unheeded(() => this.#requests.forget.run(number));
    }
  }

  async #reply(number: number, kind: RequestKind, deadlineMs: number): Promise<Uint8Array> {
    for (;;) {
      if (this.#closed.signal.aborted) {
        throw new Fault('channel_unavailable', 'The channel was closed.', { retryable: false });
      }
      const row = this.#file.read(() => this.#requests.reply.get(number));
      if (row !== undefined) return row['reply'] as Uint8Array;
      const leftMs = deadlineMs - Date.now();
      if (leftMs <= 0) {
        throw new Fault('request_timeout', `No answer to the ${kind} in time.`, {
          retryable: true,
        });
      }
      await this.#file.changed(this.#closed.signal, leftMs);
    }
  }

  /** A write whose loss costs nothing but a timeout or a later sweep. */
  #unheeded(change: () => void): void {
    if (this.#closed.signal.aborted) return;
    this.#file.write(change, { durable: false }).catch(() => undefined);
  }

  async serve(handler: (request: IncomingRequest) => void, signal: AbortSignal): Promise<void> {
    const stop = AbortSignal.any([signal, this.#closed.signal]);
    if (stop.aborted) return;
    // What a server before this one took and never answered, for it is dead or no longer serves.
    await this.#file.write(() => this.#requests.takeBack.run(), { durable: false });
    while (!stop.aborted) {
      if (this.#file.read(() => this.#requests.anyWaiting.get()) === undefined) {
        await this.#file.changed(stop);
        continue;
      }
      for (const row of await this.#take()) handler(this.#incoming(row));
    }
  }

  /** Requests whose callers still wait, in the order they were sent; nobody else gets them. */
  async #take(): Promise<RequestRow[]> {
    const rows = await this.#file.write(
      () => {
        this.#sweep(Date.now());
        return this.#requests.take.all(TAKE_BATCH) as unknown as RequestRow[];
      },
      { durable: false },
    );
    const nowMs = Date.now();
    return rows.filter((row) => row.deadline_ms > nowMs).sort((a, b) => a.number - b.number);
  }

  #sweep(nowMs: number): void {
    if (nowMs - this.#sweptMs < SWEEP_EVERY_MS) return;
    this.#sweptMs = nowMs;
    this.#requests.sweep.run(nowMs - ABANDONED_MS);
    this.#steps.sweep.run(nowMs - DEDUPE_HORIZON_MS);
  }

  #incoming({ number, kind, payload }: RequestRow): IncomingRequest {
    return {
      kind,
      payload,
      reply: (bytes) => {
        checkMessageSize('reply', bytes);
        const reply = new Uint8Array(bytes);
        this.#unheeded(() => this.#requests.answer.run(reply, number));
      },
    };
  }

  async publishStep(addressee: ActorId, stepId: string, payload: Uint8Array): Promise<void> {
    checkMessageSize('step', payload);
    const step = { addressee, stepId, payload: new Uint8Array(payload) };
    await this.#file.write(
      () => {
        const nowMs = Date.now();
        this.#sweep(nowMs);
        this.#steps.publish.run({ ...step, nowMs });
      },
      { durable: true },
    );
  }

  async *steps(
    addressee: ActorId,
    options: { readonly redeliverAfterMs: number },
    signal: AbortSignal,
  ): AsyncIterable<StepDelivery> {
    const stop = AbortSignal.any([signal, this.#closed.signal]);
    while (!stop.aborted) {
      const head = this.#file.read(
        () => this.#steps.head.get(addressee) as unknown as StepRow | undefined,
      );
      const waitMs = head === undefined ? undefined : head.due_ms - Date.now();
      if (head === undefined || waitMs === undefined || waitMs > 0) {
        await this.#file.changed(stop, waitMs);
        continue;
      }
      const delivery = await this.#deliver(addressee, head, options.redeliverAfterMs);
      if (delivery === null) continue;
      if (stop.aborted) return await this.#giveBack(delivery);
      yield delivery;
    }
  }

  async #giveBack(delivery: StepDelivery): Promise<void> {
    if (!this.#closed.signal.aborted) await delivery.nak(0);
  }

  /** Null when another consumer was quicker. */
  async #deliver(
    addressee: ActorId,
    step: StepRow,
    redeliverAfterMs: number,
  ): Promise<StepDelivery | null> {
    const { number } = step;
    const taken = await this.#file.write(
      () => {
        const nowMs = Date.now();
        const dueMs = nowMs + redeliverAfterMs;
        return this.#steps.deliver.run({ number, attempt: step.attempt, nowMs, dueMs }).changes;
      },
      { durable: false },
    );
    if (taken === 0) return null;
    const attempt = step.attempt + 1;
    const dueAfter = async (ms: number): Promise<void> => {
      await this.#file.write(
        () => this.#steps.postpone.run({ number, attempt, dueMs: Date.now() + ms }),
        { durable: false },
      );
    };
    return {
      stepId: step.step_id,
      payload: step.payload,
      attempt,
      ack: () => this.#acknowledge(addressee, step),
      nak: dueAfter,
      working: () => dueAfter(redeliverAfterMs),
    };
  }

  async #acknowledge(addressee: ActorId, step: StepRow): Promise<void> {
    await this.#file.write(
      () => {
        if (this.#steps.remove.run(step.number).changes === 0) return;
        this.#steps.remember.run(addressee, step.step_id, Date.now());
      },
      { durable: true },
    );
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#file.close();
  }
}

/** @throws Fault log_not_found | channel_unavailable | permission_denied | storage_full */
export async function openChannel(
  folder: string,
  options: { readonly create: boolean },
): Promise<Channel> {
  await prepareFolder(folder, options.create);
  const path = channelPath(folder);
  const faultOf = sqliteFault(path, 'channel_unavailable');
  return new EmbeddedChannel(await SqliteFile.open(path, { schema: CHANNEL_SCHEMA, faultOf }));
}

/**
 * Server-sent events to any number of readers. A frame's id is the sequence of the last entry
 * behind it. Invariant: a reader that is slow is not buffered for; it is skipped until its socket
 * drains and then gets one frame with everything that changed meanwhile.
 */
import type { ServerResponse } from 'node:http';
import type { FaultView } from './fault-view.ts';
import type { LiveDocument } from './live-document.ts';

export const STREAMS_MAX = 256;
const STALLED_BEATS_MAX = 30;

/** Sent with every frame and alone as heartbeat: how much the reader may rely on what it shows. */
export interface Pulse {
  readonly ledger: string;
  readonly genesisHex: string | null;
  readonly size: number;
  /** How long ago the explorer last knew that it had folded the whole log. */
  readonly behindMs: number;
  readonly fault: FaultView | null;
}

interface Stream {
  readonly response: ServerResponse;
  /** Sequence of the last entry that the reader had seen when it came back. */
  readonly lastEventId: number | null;
  /** Document size that the reader has; -1: nothing; null: it is ahead of a server still folding. */
  seen: number | null;
  /** Heartbeats in a row that found its socket full. */
  stalled: number;
}

export class Streams {
  readonly #document: LiveDocument;
  readonly #pulse: () => Pulse;
  readonly #caughtUp: () => boolean;
  readonly #streams = new Set<Stream>();

  /** @param caughtUp whether the document is of the whole log */
  constructor(document: LiveDocument, pulse: () => Pulse, caughtUp: () => boolean) {
    this.#document = document;
    this.#pulse = pulse;
    this.#caughtUp = caughtUp;
  }

  get count(): number {
    return this.#streams.size;
  }

  /** @param lastEventId sequence of the last entry that the reader has seen, when it comes back */
  open(response: ServerResponse, lastEventId: number | null): void {
    const stream: Stream = {
      response,
      lastEventId,
      seen: lastEventId === null ? -1 : null,
      stalled: 0,
    };
    this.#streams.add(stream);
    response.on('close', () => this.#streams.delete(stream));
    response.on('drain', () => this.#send(stream));
    // Retry after a second; the reader shows that it is stale meanwhile.
    response.write('retry: 1000\n\n');
    response.write(this.#pulseFrame());
    this.#send(stream);
  }

  /** The document changed. */
  push(): void {
    for (const stream of this.#streams) this.#send(stream);
  }

  /** What readers have is not to be relied on: each gets the whole document with its next frame. */
  startOver(): void {
    for (const stream of this.#streams) stream.seen = -1;
    this.push();
  }

  /** Heartbeat; also when the fault changed. */
  beat(): void {
    const frame = this.#pulseFrame();
    for (const stream of this.#streams) {
      stream.stalled = stream.response.writableNeedDrain ? stream.stalled + 1 : 0;
      // Its place is for somebody who reads; a browser comes back by itself.
      if (stream.stalled >= STALLED_BEATS_MAX) stream.response.destroy();
      if (stream.stalled > 0) continue;
      stream.response.write(frame);
      if (stream.seen === null) this.#send(stream);
    }
  }

  close(): void {
    for (const { response } of this.#streams) response.destroy();
    this.#streams.clear();
  }

  #send(stream: Stream): void {
    if (stream.response.writableNeedDrain) return;
    stream.seen ??= this.#seenBy(stream);
    if (stream.seen === null) return;
    const changes = this.#document.changesSince(stream.seen);
    if (changes === null) return;
    stream.seen = this.#document.size;
    const pulse = JSON.stringify(this.#pulse());
    const id = this.#document.size > 0 ? `id: ${this.#document.size - 1}\n` : '';
    stream.response.write(`${id}event: change\ndata: {"pulse":${pulse},"items":${changes}}\n\n`);
  }

  /** What a reader that came back has: it never goes back in time while the server catches up. */
  #seenBy({ lastEventId }: Stream): number | null {
    if (lastEventId === null) return -1;
    if (lastEventId < this.#document.size) return lastEventId + 1;
    // The whole log is shorter than what it saw: it was another one, and the reader starts over.
    return this.#caughtUp() ? -1 : null;
  }

  #pulseFrame(): string {
    return `: heartbeat\nevent: pulse\ndata: ${JSON.stringify(this.#pulse())}\n\n`;
  }
}

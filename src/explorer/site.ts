/**
 * What the server's routes share: the follower, the live document that is published from it at a
 * bounded rate, the tiles and the signed head, the open streams and the counters.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { EventLog } from '../commands/ports/event-log.ts';
import type { Asset } from './assets.ts';
import { Follower } from './follower.ts';
import { LiveDocument } from './live-document.ts';
import type { Folded, Overview } from './read-models/overview.ts';
import { overviewOf } from './read-models/overview.ts';
import type { PublicationOptions } from './publication.ts';
import { Publication } from './publication.ts';
import { HttpError } from './reply.ts';
import type { Pulse } from './streams.ts';
import { Streams } from './streams.ts';
import { TileStore } from './tiles/store.ts';

/** At most five updates a second, and never more than a quarter of the time spent on them. */
const PUBLISH_EVERY_MS = 200;
const PUBLISH_SHARE = 4;
const BEAT_EVERY_MS = 1000;
const HEAD_ANSWER_MS_MAX = 500;

export class Site {
  readonly log: EventLog;
  readonly assets: ReadonlyMap<string, Asset>;
  readonly follower: Follower;
  readonly tiles: TileStore;
  readonly publication: Publication;
  readonly streams: Streams;
  /** By `<route> <status>`. */
  readonly requests = new Map<string, number>();
  readonly #document = new LiveDocument();
  readonly #startedMs = performance.now();
  readonly #beatTimer: NodeJS.Timeout;
  #overview: Overview | null = null;
  #publishTimer: NodeJS.Timeout | null = null;
  #nextPublishMs = 0;
  #faultShown: unknown = null;
  #comparing: Promise<void> | null = null;
  /** When the whole log was last known to be folded. */
  #caughtUpMs: number | null = null;

  /** @param authority where signed heads come from; null: none are shown */
  constructor(
    log: EventLog,
    assets: ReadonlyMap<string, Asset>,
    authority: Omit<PublicationOptions, 'log'> | null,
  ) {
    this.log = log;
    this.assets = assets;
    this.follower = new Follower(log, () => this.#changed());
    this.tiles = new TileStore(this);
    const asked = authority === null ? null : { log, ...authority };
    this.publication = new Publication(asked, this.follower, this.tiles);
    this.streams = new Streams(
      this.#document,
      () => this.pulse(),
      () => this.#caughtUpMs !== null && this.#document.size === this.follower.size,
    );
    this.#publish();
    this.follower.start();
    this.#beatTimer = setInterval(() => void this.#beat(), BEAT_EVERY_MS);
    this.#beatTimer.unref();
    void this.#beat();
  }

  get uptimeSeconds(): number {
    return (performance.now() - this.#startedMs) / 1000;
  }

  /** Folded the whole log at least once, and nothing is wrong with it. */
  get ready(): boolean {
    return this.#caughtUpMs !== null && this.follower.fault === null;
  }

  /** Of everything folded so far; of less, for a moment, while the follower is not whole. */
  overview(): Overview {
    const known = this.#overview;
    if (known !== null && (known.head.size === this.follower.size || !this.follower.whole))
      return known;
    this.#overview = overviewOf(this.follower.folded);
    return this.#overview;
  }

  /** @throws HttpError while the follower is not whole */
  folded(): Folded {
    if (this.follower.whole) return this.follower.folded;
    throw new HttpError(503, 'not_ready', 'the books are being rebuilt; try again');
  }

  pulse(): Pulse {
    const { ledger, genesisHex } = this.follower.folded.head;
    return {
      ledger,
      genesisHex,
      size: this.follower.size,
      behindMs: Math.round(performance.now() - (this.#caughtUpMs ?? this.#startedMs)),
      fault: this.follower.fault,
    };
  }

  async close(): Promise<void> {
    clearInterval(this.#beatTimer);
    if (this.#publishTimer !== null) clearTimeout(this.#publishTimer);
    this.streams.close();
    await this.follower.close();
  }

  #changed(): void {
    const { fault } = this.follower;
    if (fault !== this.#faultShown) {
      this.#faultShown = fault;
      this.streams.beat();
    }
    if (this.#publishTimer !== null) return;
    const waitMs = Math.max(0, this.#nextPublishMs - performance.now());
    this.#publishTimer = setTimeout(() => {
      this.#publishTimer = null;
      this.#publish();
    }, waitMs);
  }

  #publish(): void {
    const beganMs = performance.now();
    this.#document.publish(this.overview());
    this.streams.push();
    // The first time, readiness should not wait for the next beat.
    if (this.#caughtUpMs === null) void this.#beat();
    const tookMs = performance.now() - beganMs;
    this.#nextPublishMs = beganMs + Math.max(PUBLISH_EVERY_MS, PUBLISH_SHARE * tookMs);
  }

  /** Heartbeat: readers hear how far behind the log they are; also when the log does not answer. */
  async #beat(): Promise<void> {
    this.#comparing ??= this.#compareHead().finally(() => {
      this.#comparing = null;
    });
    await Promise.race([this.#comparing, delay(HEAD_ANSWER_MS_MAX, undefined, { ref: false })]);
    this.streams.beat();
  }

  async #compareHead(): Promise<void> {
    const askedMs = performance.now();
    try {
      const { size } = await this.log.head();
      if (size <= this.follower.size) this.#caughtUpMs = askedMs;
    } catch {
      // A log that is away is the follower's to report; here it only lets the lag grow.
    }
  }
}

/**
 * What the server's routes share: the follower, the live document that is published from it at a
 * bounded rate, the tiles and the signed head, the open streams and the counters.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Artifacts } from '../commands/ports/artifacts.ts';
import type { EventLog } from '../commands/ports/event-log.ts';
import type { Books } from '../projections/books.ts';
import type { Snapshot } from '../projections/snapshot.ts';
import type { Sample } from '../roles/telemetry/exposition.ts';
import { processSamples } from '../roles/telemetry/process-samples.ts';
import type { SnapshotKeeper } from '../roles/snapshots/keeper.ts';
import { AsOf } from './as-of.ts';
import { Explaining } from './explaining.ts';
import type { Asset } from './assets.ts';
import type { Folding, FoldingStart } from './folding.ts';
import { Follower } from './follower.ts';
import { snapshotOfFolding } from './kept-folding.ts';
import { LiveDocument } from './live-document.ts';
import { LogSearch } from './log-search/search.ts';
import { liveItems } from './read-models/live.ts';
import type { Folded, Overview } from './read-models/overview.ts';
import { overviewOf } from './read-models/overview.ts';
import { Tally } from './read-models/tally.ts';
import type { PublicationOptions } from './publication.ts';
import { Publication } from './publication.ts';
import type { Pulse } from './streams.ts';
import { Streams } from './streams.ts';
import { TileStore } from './tiles/store.ts';

/** At most twenty updates a second, and never more than a quarter of the time spent on them. */
const PUBLISH_EVERY_MS = 50;
const PUBLISH_SHARE = 4;
const BEAT_EVERY_MS = 1000;
const HEAD_ANSWER_MS_MAX = 500;

export interface SiteParts {
  readonly log: EventLog;
  readonly assets: ReadonlyMap<string, Asset>;
  /** What an earlier explorer had folded, or nothing. */
  readonly start: FoldingStart;
  readonly snapshots: SnapshotKeeper | null;
  /** Where signed heads come from; null: none are shown. */
  readonly authority: Omit<PublicationOptions, 'log'> | null;
  /** Null: none are served. */
  readonly artifacts: Artifacts | null;
  /** What the process counts besides, for its metrics. */
  readonly counted: () => readonly Sample[];
}

export class Site {
  readonly log: EventLog;
  readonly assets: ReadonlyMap<string, Asset>;
  readonly artifacts: Artifacts | null;
  readonly follower: Follower;
  readonly tiles: TileStore;
  readonly publication: Publication;
  readonly explaining: Explaining;
  readonly search: LogSearch;
  readonly streams: Streams;
  /** By `<route> <status>`. */
  readonly requests = new Map<string, number>();
  /** Of this process, for its metrics. */
  readonly processSamples: () => readonly Sample[];
  readonly #asOf: AsOf;
  readonly #document = new LiveDocument();
  readonly #startedMs = performance.now();
  readonly #beatTimer: NodeJS.Timeout;
  /** The overview of these books. */
  #overview: { readonly of: Books; readonly value: Overview } | null = null;
  #tally: { readonly of: Folding; readonly value: Tally } | null = null;
  #published: Folding | null = null;
  #publishTimer: NodeJS.Timeout | null = null;
  #nextPublishMs = 0;
  #faultShown: unknown = null;
  #comparing: Promise<void> | null = null;
  /** When the whole log was last known to be folded. */
  #caughtUpMs: number | null = null;

  readonly #snapshots: SnapshotKeeper | null;

  constructor({ log, assets, artifacts, start, snapshots, authority, counted }: SiteParts) {
    const measured = processSamples();
    this.processSamples = () => [...measured(), ...counted()];
    this.log = log;
    this.artifacts = artifacts;
    this.assets = assets;
    this.#snapshots = snapshots;
    this.follower = new Follower(log, () => this.#changed(), start);
    this.#asOf = new AsOf(log, this.follower);
    this.tiles = new TileStore(this);
    this.explaining = new Explaining(this);
    this.search = new LogSearch(this);
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

  /** Of everything folded so far. */
  overview(): Overview {
    const { books } = this.follower.folding;
    if (this.#overview?.of !== books)
      this.#overview = { of: books, value: overviewOf(this.folded()) };
    return this.#overview.value;
  }

  /** Of everything folded so far. */
  tally(): Tally {
    const { folding } = this.follower;
    if (this.#tally?.of !== folding) this.#tally = { of: folding, value: new Tally() };
    this.#tally.value.update(folding.folded().history);
    return this.#tally.value;
  }

  folded(): Folded {
    return this.follower.folding.folded();
  }

  /** @param sequence of the last entry that counts; null: all of them. @throws HttpError */
  async foldedAt(sequence: number | null): Promise<Folded> {
    return sequence === null ? this.folded() : await this.#asOf.at(sequence);
  }

  /** @param sequence as in `foldedAt` */
  async overviewAt(sequence: number | null): Promise<Overview> {
    return sequence === null ? this.overview() : overviewOf(await this.#asOf.at(sequence));
  }

  pulse(): Pulse {
    const { ledger, genesisHex } = this.follower.folding.head;
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
    const { folding } = this.follower;
    if (folding.size > 0) await this.#snapshots?.close(folding.size, this.#snapshot());
  }

  #snapshot(): () => Snapshot {
    return snapshotOfFolding(this.log.ledger, this.follower.folding.start());
  }

  #changed(): void {
    this.#asOf.note();
    this.#snapshots?.offer(this.follower.size, this.#snapshot());
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
    const { folding } = this.follower;
    this.#document.publish(folding.size, liveItems(folding.folded(), this.tally()));
    const isSame = this.#published === null || this.#published === folding;
    this.#published = folding;
    // After a rebuild, what readers have may be wrong at the very size that they have seen.
    if (isSame) this.streams.push();
    else this.streams.startOver();
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

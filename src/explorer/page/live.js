// @ts-check
/**
 * The page's copy of the live document, over one event stream. The browser resumes by itself with
 * Last-Event-ID; another ledger at the same address (other name or first entry) starts over.
 */

/** @typedef {import('../read-models/overview.ts').HeadView} HeadView */
/** @typedef {import('../read-models/run.ts').RunView} RunView */
/** @typedef {import('../read-models/live.ts').CountsView} CountsView */
/** @typedef {import('../read-models/feed.ts').FeedLine} FeedLine */
/** @typedef {import('../streams.ts').Pulse} Pulse */

/** Pulses come every second; this long without one and the page no longer claims to be live. */
const STALE_AFTER_MS = 5000;

export class Live {
  /** @type {Map<string, unknown>} */
  #items = new Map();
  /** @type {Pulse | null} */
  #pulse = null;
  #heardMs = 0;
  /** @type {EventSource | null} */
  #source = null;
  #changed;
  #startedOver;

  /**
   * @param {() => void} changed called when items or the fault changed
   * @param {() => void} startedOver called when nothing that was known holds any more
   */
  constructor(changed, startedOver) {
    this.#changed = changed;
    this.#startedOver = startedOver;
    this.#connect();
  }

  get pulse() {
    return this.#pulse;
  }

  /** How old the page's knowledge of the log's end is; null before the first word. */
  get lagMs() {
    if (this.#pulse === null) return null;
    return performance.now() - this.#heardMs + this.#pulse.behindMs;
  }

  /** @returns {'connecting' | 'live' | 'stale'} */
  get state() {
    const lag = this.lagMs;
    if (lag === null) return 'connecting';
    const open = this.#source?.readyState === EventSource.OPEN;
    return open && lag < STALE_AFTER_MS && this.#pulse?.fault === null ? 'live' : 'stale';
  }

  get head() {
    return /** @type {HeadView | undefined} */ (this.#items.get('head'));
  }

  get feed() {
    return /** @type {readonly FeedLine[]} */ (this.#items.get('feed') ?? []);
  }

  get runs() {
    return /** @type {RunView[]} */ (this.#all('run/'));
  }

  get counts() {
    return /** @type {CountsView | undefined} */ (this.#items.get('counts'));
  }

  /** @param {string} prefix */
  #all(prefix) {
    return [...this.#items].filter(([key]) => key.startsWith(prefix)).map(([, item]) => item);
  }

  #startOver() {
    this.#items.clear();
    this.#startedOver();
  }

  #connect() {
    this.#source?.close();
    const source = new EventSource('/events');
    this.#source = source;
    source.addEventListener('pulse', ({ data }) => this.#hear(JSON.parse(data)));
    source.addEventListener('change', ({ data }) => {
      const { pulse, items } = JSON.parse(data);
      if (!this.#hear(pulse)) return;
      // Only a log that lost its end gets shorter: nothing shown before holds any more.
      if (items.head !== undefined && items.head.size < (this.head?.size ?? 0)) this.#startOver();
      for (const [key, item] of Object.entries(items)) this.#items.set(key, item);
      this.#changed();
    });
    source.addEventListener('error', () => {
      this.#changed();
      // The browser gives up for good when the answer is no stream; then trying again is ours.
      if (source.readyState === EventSource.CLOSED)
        setTimeout(() => this.#source === source && this.#connect(), 2000);
    });
  }

  /**
   * @param {Pulse} pulse
   * @returns whether it is of the ledger that the items are of
   */
  #hear(pulse) {
    const before = this.#pulse;
    const genesis = this.head?.genesisHex ?? null;
    // A server that just started has folded nothing yet: that is no other ledger.
    const other =
      (before !== null && before.ledger !== pulse.ledger) ||
      (genesis !== null && pulse.genesisHex !== null && genesis !== pulse.genesisHex);
    this.#pulse = pulse;
    this.#heardMs = performance.now();
    if (other) {
      this.#startOver();
      this.#connect();
    }
    if (other || JSON.stringify(before?.fault) !== JSON.stringify(pulse.fault)) this.#changed();
    return !other;
  }
}

// @ts-check
/**
 * One audit at a time: a worker of its own, and what it has said so far. Starting another ends the one
 * before. What is read stays in this browser: the worker may open no connection.
 */
import { filesOf, served, sorted } from './audit-files.js';

/** @typedef {import('../../browser/messages.ts').FromWorker} FromWorker */
/** @typedef {import('../../browser/messages.ts').ToWorker} ToWorker */
/** @typedef {import('../../browser/messages.ts').Recomputable} Recomputable */
/** @typedef {import('../../browser/messages.ts').Recomputed} Recomputed */
/** @typedef {import('../../browser/messages.ts').Summary} Summary */
/** @typedef {import('../../roles/audit/check.ts').Check} Check */

/**
 * @typedef {object} AuditState
 * @property {'idle' | 'reading' | 'checking' | 'checked'} phase
 * @property {string} name of what is audited
 * @property {boolean} isServed by this explorer
 * @property {string | null} problem
 * @property {{ what: string, done: number, total: number, elapsedMs: number } | null} progress
 * @property {Check[]} checks
 * @property {Map<number, string>} entries those that checks named, as they stand
 * @property {Summary | null} summary
 * @property {readonly Recomputable[]} items
 * @property {Map<string, Recomputed | 'waiting' | 'computing'>} results
 * @property {number} artifacts
 * @property {number} shown rows of the table of work
 */

export const ROWS_AT_ONCE = 100;
/** More than this would wait for the one thread that decides again. */
const THREADS_MAX = 4;

/** @returns {AuditState} */
const nothing = () => ({
  phase: 'idle',
  name: '',
  isServed: false,
  problem: null,
  progress: null,
  checks: [],
  entries: new Map(),
  summary: null,
  items: [],
  results: new Map(),
  artifacts: 0,
  shown: ROWS_AT_ONCE,
});

export class AuditRun {
  state = nothing();
  /** @type {Worker | null} */
  #worker = null;
  #changed;
  #trustedKey;

  /**
   * @param {() => void} changed
   * @param {() => string | null} trustedKey whose signature is asked for; null: the ledger says
   */
  constructor(changed, trustedKey) {
    this.#changed = changed;
    this.#trustedKey = trustedKey;
  }

  /** @param {Promise<File[]> | readonly File[]} dropped */
  async files(dropped) {
    this.#begin({ phase: 'reading', name: 'files' });
    const token = this.state;
    try {
      const found = sorted([...(await dropped)]);
      if (token !== this.state) return;
      if (typeof found === 'string') return this.#refuse(found);
      const { name, ndjson, artifacts } = found;
      const [checkpoint, books] = await Promise.all([
        found.checkpoint?.text() ?? null,
        found.books?.text() ?? null,
      ]);
      if (token !== this.state) return;
      Object.assign(this.state, { name, artifacts: artifacts.length });
      this.#open({ ndjson, checkpoint, books, artifacts });
    } catch (error) {
      if (token === this.state) this.#refuse(`The files cannot be read: ${textOf(error)}`);
    }
  }

  /** @param {DataTransfer} transfer */
  dropped(transfer) {
    return this.files(filesOf(transfer));
  }

  /** @param {boolean} withTraining whether artifacts are fetched when the audit needs them */
  async served(withTraining) {
    this.#begin({ phase: 'reading', name: 'this explorer’s ledger', isServed: true });
    const token = this.state;
    const startedMs = performance.now();
    try {
      const recording = await served((done, total) => {
        if (token !== this.state) return;
        const elapsedMs = performance.now() - startedMs;
        this.state.progress = { what: 'fetching', done, total, elapsedMs };
        this.#changed();
      });
      if (token === this.state)
        this.#open({ ...recording, artifacts: withTraining ? 'asked' : [] });
    } catch (error) {
      if (token === this.state) this.#refuse(`The ledger cannot be fetched: ${textOf(error)}`);
    }
  }

  /** @param {string} id */
  recompute(id) {
    const { results } = this.state;
    const before = results.get(id);
    if (before === 'waiting' || before === 'computing') return;
    results.set(id, 'waiting');
    this.#tell({ kind: 'recompute', id });
    this.#changed();
  }

  recomputeAll() {
    for (const { id } of this.state.items) if (!this.state.results.has(id)) this.recompute(id);
  }

  showMore() {
    this.state.shown += ROWS_AT_ONCE;
    this.#changed();
  }

  stop() {
    this.#end();
    this.state = nothing();
    this.#changed();
  }

  /** @param {Partial<AuditState>} first */
  #begin(first) {
    this.#end();
    this.state = { ...nothing(), ...first };
    this.#changed();
  }

  /** @param {Omit<Extract<ToWorker, { kind: 'open' }>, 'kind' | 'verifierKey' | 'threads'>} recording */
  #open(recording) {
    this.state.phase = 'checking';
    this.state.progress = null;
    const worker = new Worker('/page/audit-worker.js', { name: 'audit' });
    this.#worker = worker;
    worker.addEventListener('message', ({ data }) => this.#hear(data));
    worker.addEventListener('error', (event) => {
      const why = event.message === undefined ? 'its code did not come' : event.message;
      this.#refuse(`The audit cannot run here: ${why}`);
    });
    const verifierKey = this.#trustedKey();
    const threads = Math.min(navigator.hardwareConcurrency, THREADS_MAX);
    this.#tell({ kind: 'open', verifierKey, threads, ...recording });
    this.#changed();
  }

  /** @param {FromWorker} said */
  #hear(said) {
    const { state } = this;
    if (said.kind === 'progress') state.progress = said;
    else if (said.kind === 'check') {
      state.checks.push(said.check);
      state.progress = null;
    } else if (said.kind === 'entry') state.entries.set(said.sequence, said.entry);
    else if (said.kind === 'summary') state.summary = said.summary;
    else if (said.kind === 'work') {
      state.items = said.items;
      state.phase = 'checked';
      state.progress = null;
    } else if (said.kind === 'wanted') return void this.#fetch(said.digest);
    else if (said.kind === 'recomputing') state.results.set(said.id, 'computing');
    else if (said.kind === 'recomputed') state.results.set(said.result.id, said.result);
    else return this.#refuse(`The audit broke off: ${brokenBy(said)}`);
    this.#changed();
  }

  /** Of this explorer's store, for the worker that wants it. @param {string} digest */
  async #fetch(digest) {
    const worker = this.#worker;
    const file = await fetch(`/api/artifacts/${digest}`).then(
      (answer) => (answer.ok ? answer.blob() : null),
      () => null,
    );
    if (worker === this.#worker) this.#tell({ kind: 'artifact', digest, file });
  }

  /** @param {ToWorker} message */
  #tell(message) {
    this.#worker?.postMessage(message);
  }

  /** @param {string} problem */
  #refuse(problem) {
    this.#end();
    const { name, checks } = this.state;
    this.state = { ...nothing(), name, checks, problem };
    this.#changed();
  }

  #end() {
    this.#worker?.terminate();
    this.#worker = null;
  }
}

/** @param {Extract<FromWorker, { kind: 'broken' }>} said */
const brokenBy = ({ code, message }) => (code === null ? message : `${code}: ${message}`);

/** @param {unknown} error */
const textOf = (error) => (error instanceof Error ? error.message : String(error));

/**
 * The states of a run that a worker holds: on its shelf, taken from there only after their bytes were
 * seen to have the ledger's digest, moved on to later revisions. Invariant: what is handed out has the
 * digest that the ledger has of that revision, computed from these bytes each time.
 */
import { isLeft } from 'fp-ts/lib/Either.js';
import { digestOf } from '../../events/digest.ts';
import type { Digest } from '../../events/ids.ts';
import { Fault } from '../../commands/ports/fault.ts';
import type { ArtifactRef, Books, RevisionRecord } from '../../projections/books.ts';
import { must, revisionOf } from '../../projections/books.ts';
import type { Node } from '../node.ts';
import type { ChunkSource, SourceProblem } from '../transfer/chunk-source.ts';
import { convicts } from '../transfer/chunk-source.ts';
import type { Progress } from '../transfer/fetch-in-chunks.ts';
import { fetchInChunks } from '../transfer/fetch-in-chunks.ts';
import type { Shelf } from '../transfer/shelf.ts';
import { deltaTermsOf, outerSpecOf } from '../work-spec.ts';
import type { CatchUpPlan, Crossing, HeldState } from './plan.ts';
import { planCatchUp } from './plan.ts';

export type SourceName = 'kept' | 'peer' | 'store';

export interface ReachedState {
  readonly run: string;
  readonly revision: number;
  readonly checkpoint: Uint8Array;
  /** Computed from the bytes. */
  readonly digest: Digest;
  readonly receipt: CatchUpReceipt;
}

export interface CatchUpReceipt {
  readonly sources: readonly SourceName[];
  readonly bytes: number;
  readonly chunksRefused: number;
  readonly revisionsCrossed: number;
}

export interface ReachOptions {
  readonly run: string;
  /** A revision of the run. */
  readonly target: number;
  readonly preferReplay?: boolean;
  /** Nothing from peers. */
  readonly storeOnly?: boolean;
}

/** In the order in which they are asked. */
export type SourcesOf = (node: Node, artifact: Digest) => readonly ChunkSource[];

export interface KeeperOptions {
  readonly shelf: Shelf;
  readonly sourcesOf: SourcesOf;
  readonly onProgress?: (progress: Progress) => void;
}

/** Revisions whose files stay on the shelf, the newest included: others may be fetching one. */
const REVISIONS_KEPT = 2;

export class StateKeeper {
  readonly #options: KeeperOptions;
  readonly #convicted = new Map<string, SourceProblem>();
  /** One at a time: two would fetch the same bytes. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /** @throws Fault artifact_missing, to be tried again: no source has what is needed */
  reach(node: Node, options: ReachOptions, signal: AbortSignal): Promise<ReachedState> {
    const turn = this.#turn
      .catch(() => undefined)
      .then(() => new Reaching(this.#options, this.#convicted, node, options, signal).to());
    this.#turn = turn;
    return turn;
  }
}

class Reaching {
  readonly #options: KeeperOptions;
  readonly #convicted: Map<string, SourceProblem>;
  readonly #node: Node;
  readonly #run: string;
  readonly #reach: ReachOptions;
  readonly #signal: AbortSignal;
  readonly #books: Books;
  readonly #sources = new Set<SourceName>();
  #bytes = 0;
  #chunksRefused = 0;

  constructor(
    options: KeeperOptions,
    convicted: Map<string, SourceProblem>,
    node: Node,
    reach: ReachOptions,
    signal: AbortSignal,
  ) {
    this.#options = options;
    this.#convicted = convicted;
    this.#node = node;
    this.#run = reach.run;
    this.#reach = reach;
    this.#signal = signal;
    this.#books = node.follower.books;
  }

  async to(): Promise<ReachedState> {
    const { target, preferReplay = false } = this.#reach;
    const held = await this.#held(target);
    const options = { run: this.#run, target, held, preferReplay };
    const plan = must(planCatchUp(this.#books, options), `revision ${target} of ${this.#run}`);
    const reached = (await this.#follow(plan)) ?? (await this.#directly(target));
    await this.#tidy(target);
    const { checkpoint, crossed } = reached;
    return {
      run: this.#run,
      revision: target,
      checkpoint,
      digest: digestOf(checkpoint),
      receipt: {
        sources: [...this.#sources].toSorted(),
        bytes: this.#bytes,
        chunksRefused: this.#chunksRefused,
        revisionsCrossed: crossed,
      },
    };
  }

  /** The latest state up to the target whose bytes on the shelf are the ledger's. */
  async #held(target: number): Promise<HeldState | null> {
    const here = new Set(await this.#options.shelf.digests());
    const { revisions } = must(this.#books.runs[this.#run], this.#run);
    for (const { revision, checkpoint, momentum } of revisions.toReversed()) {
      if (revision > target || !here.has(checkpoint.digest)) continue;
      if ((await this.#kept(checkpoint)) === null) continue;
      const has = momentum === null || (await this.#kept(momentum)) !== null;
      return { revision, momentum: has };
    }
    return null;
  }

  /** From the shelf, if it is what the ledger names; a file that has drifted is thrown away. */
  async #kept({ digest }: ArtifactRef): Promise<Uint8Array | null> {
    const { shelf } = this.#options;
    const bytes = await shelf.get(digest);
    if (bytes === null) return null;
    const found = digestOf(bytes);
    if (found === digest) return bytes;
    this.#node.say(`what was kept as ${digest} has drifted to ${found}: thrown away`);
    await shelf.remove(digest);
    return null;
  }

  /** Null where outer steps came to another state than the ledger's: nothing of them is used. */
  async #follow({ start, fetch, crossings }: CatchUpPlan) {
    if (fetch.length === 0) this.#sources.add('kept');
    let checkpoint = await this.#have(start.checkpoint);
    const needsMomentum = crossings.length > 0 && start.momentum !== null;
    for (const artifact of fetch) await this.#have(artifact);
    let momentum = needsMomentum ? await this.#have(must(start.momentum, 'momentum')) : null;
    for (const crossing of crossings) {
      const stepped = await this.#cross(crossing, checkpoint, momentum);
      if (stepped === null) return null;
      ({ checkpoint, momentum } = stepped);
    }
    return { checkpoint, crossed: crossings.length };
  }

  async #directly(target: number) {
    const run = must(this.#books.runs[this.#run], this.#run);
    const record = must(revisionOf(run, target), 'revision');
    return { checkpoint: await this.#have(record.checkpoint), crossed: 0 };
  }

  async #cross({ to, deltas }: Crossing, checkpoint: Uint8Array, momentum: Uint8Array | null) {
    const { plan } = must(this.#books.runs[this.#run], this.#run);
    const files: Uint8Array[] = [];
    for (const delta of deltas) files.push(await this.#have(delta));
    const stepped = await this.#node.lane.run('outerStep', {
      spec: outerSpecOf(plan),
      checkpoint,
      momentum,
      deltas: files,
      terms: deltaTermsOf(plan),
    });
    for (const { digest } of deltas) await this.#options.shelf.remove(digest);
    if (!isRevision(to, stepped)) {
      this.#node.say(`the outer step to revision ${to.revision} drifted here: not used`);
      return null;
    }
    await this.#options.shelf.keep(to.checkpoint.digest, stepped.checkpoint);
    if (to.momentum !== null) await this.#options.shelf.keep(to.momentum.digest, stepped.momentum);
    return stepped;
  }

  /** From the shelf or from a source, with the digest that it is asked for by. */
  async #have(artifact: ArtifactRef): Promise<Uint8Array> {
    const kept = await this.#kept(artifact);
    if (kept !== null) return kept;
    const { shelf, sourcesOf, onProgress } = this.#options;
    const { clock } = this.#node;
    const sources = sourcesOf(this.#node, artifact.digest);
    const fetched = await fetchInChunks({
      artifact,
      sources: sources.filter(({ kind }) => kind === 'store' || this.#reach.storeOnly !== true),
      shelf,
      clock,
      signal: this.#signal,
      convicted: this.#convicted,
      ...(onProgress ? { onProgress } : {}),
    });
    const { refused } = isLeft(fetched) ? fetched.left : fetched.right;
    for (const { source, problem } of refused)
      this.#node.say(`${source}: ${problem.code}: ${problem.message}`);
    this.#chunksRefused += refused.filter(({ problem }) => convicts(problem)).length;
    if (isLeft(fetched))
      throw new Fault('artifact_missing', fetched.left.message, { retryable: true });
    for (const { kind, bytes } of fetched.right.from) {
      this.#sources.add(kind);
      this.#bytes += bytes;
    }
    return must(await this.#kept(artifact), `bytes of ${artifact.digest}`);
  }

  async #tidy(target: number): Promise<void> {
    const { shelf } = this.#options;
    const stays = new Set(
      Object.values(this.#books.runs)
        .flatMap(({ plan, revisions }) =>
          revisions.filter(
            ({ revision }) => plan.run !== this.#run || revision > target - REVISIONS_KEPT,
          ),
        )
        .flatMap(({ checkpoint, momentum }) => [checkpoint.digest, momentum?.digest]),
    );
    for (const digest of await shelf.digests()) if (!stays.has(digest)) await shelf.remove(digest);
  }
}

const isRevision = (
  { checkpoint, momentum }: RevisionRecord,
  stepped: { readonly checkpoint: Uint8Array; readonly momentum: Uint8Array },
): boolean =>
  digestOf(stepped.checkpoint) === checkpoint.digest &&
  (momentum === null || digestOf(stepped.momentum) === momentum.digest);

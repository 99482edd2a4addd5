/**
 * A worker that serves what it holds: the states on its shelf in chunks over HTTP, offered in the
 * ledger for as long as the policy lets an offer stand. With each state reached an offer whose time is
 * half over is made again. Where the policy has no terms for it there is nothing to serve, and it says so.
 */
import type { Digest } from '../../events/ids.ts';
import type { ArtifactRef, Books } from '../../projections/books.ts';
import { must, revisionOf } from '../../projections/books.ts';
import type { Node } from '../node.ts';
import type { Tracer } from '../traces/tracer.ts';
import type { ChunkServer } from '../transfer/chunk-server.ts';
import { serveChunks } from '../transfer/chunk-server.ts';
import { seedNetworkPolicy } from '../../commands/network-policy.ts';
import { Fault } from '../../commands/ports/fault.ts';
import { artifactMissing } from '../../adapters/artifact-digest.ts';
import type { Readable, Served } from '../transfer/holdings.ts';
import { Holdings } from '../transfer/holdings.ts';
import type { Shelf } from '../transfer/shelf.ts';
import type { ReachedState } from './state-keeper.ts';

export interface SeedOptions {
  readonly shelf: Shelf;
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** How others reach it, where that is not host and port; null: as it is bound. */
  readonly endpoint: string | null;
  readonly say: (line: string) => void;
  /** Requests are spans of it; null: of nothing. */
  readonly tracer?: Tracer | null;
}

export class Seed {
  readonly #readable: Readable;
  #holdings: Holdings;
  #server: ChunkServer | null = null;
  #endpoint: string | null;
  #offers = 0;

  private constructor({ shelf, endpoint }: SeedOptions) {
    const get = async (digest: Digest): Promise<Uint8Array> => {
      const bytes = await shelf.get(digest);
      if (bytes === null) throw artifactMissing(digest);
      return bytes;
    };
    this.#readable = { get, range: shelf.range.bind(shelf) };
    this.#holdings = new Holdings(this.#readable, seedNetworkPolicy.catchUp.chunkBytes);
    this.#endpoint = endpoint;
  }

  /** @throws NodeJS.ErrnoException when the address cannot be listened on */
  static async open(options: SeedOptions): Promise<Seed> {
    const seed = new Seed(options);
    const holdings: Served = {
      tree: (digest) => seed.#holdings.tree(digest),
      chunk: (digest, index) => seed.#holdings.chunk(digest, index),
      page: (stream, pageTokens, index) => seed.#holdings.page(stream, pageTokens, index),
    };
    seed.#server = await serveChunks({ ...options, holdings });
    seed.#endpoint ??= seed.#server.address;
    return seed;
  }

  /** Where it listens. */
  get address(): string {
    return must(this.#server, 'server').address;
  }

  /** Says whether there is anything to serve, and again when the policy changes that; until aborted. */
  async tellTerms({ follower, say }: Node, signal: AbortSignal): Promise<void> {
    let told: boolean | null = null;
    const isNew = ({ policy }: Books): boolean =>
      policy !== null && (policy.catchUp !== undefined) !== told;
    while (!signal.aborted) {
      try {
        await follower.until(isNew, signal);
      } catch (error) {
        if (signal.aborted) return;
        throw error;
      }
      told = follower.books.policy?.catchUp !== undefined;
      say(
        told
          ? `serves states at ${this.address}`
          : 'has no states to serve: the policy has no terms for catching up (catchUp), under which workers keep them and ask for them',
      );
    }
  }

  /** Says in the ledger what of a state is served here, unless an offer of it stands for long enough. */
  async offer({ run, revision }: ReachedState, node: Node, signal: AbortSignal): Promise<void> {
    const { books } = node.follower;
    if (books.policy?.catchUp === undefined) return;
    const record = revisionOf(must(books.runs[run], run), revision);
    for (const artifact of [record?.checkpoint, record?.momentum])
      if (artifact && !isOffered(books, node, artifact))
        await this.#say(artifact, node, signal).catch((error: unknown) => {
          // Others find the bytes elsewhere; work goes on.
          if (!(error instanceof Fault)) throw error;
          node.say(`offer of ${artifact.digest}: ${error.code}`);
        });
  }

  async #say(artifact: ArtifactRef, node: Node, signal: AbortSignal): Promise<void> {
    const terms = node.follower.books.policy?.catchUp;
    if (terms === undefined) return;
    if (terms.chunkBytes !== this.#holdings.chunkBytes)
      this.#holdings = new Holdings(this.#readable, terms.chunkBytes);
    const tree = await this.#holdings.tree(artifact.digest).catch(() => null);
    if (tree === null) return;
    const session = node.session.number;
    if (session === 0) return;
    this.#offers += 1;
    const { chunkBytes, count, root } = tree.list;
    const reply = await node.client.send(
      `offer-${node.self.slice(0, 12)}-${session}-${this.#offers}-${artifact.digest.slice(7, 23)}`,
      {
        type: 'daybook.chunks.advertised.v1',
        data: {
          session,
          artifact,
          chunkBytes,
          count,
          root,
          endpoint: must(this.#endpoint, 'endpoint'),
          goodForMs: terms.advertMaxMs,
        },
      },
      signal,
    );
    if (reply.status === 'refused') node.say(`offer of ${artifact.digest} refused: ${reply.code}`);
    else await node.follower.reach(reply.sequence, signal);
  }

  async close(): Promise<void> {
    await this.#server?.close();
  }
}

/** An offer with less than half its time left is made again. */
function isOffered(books: Books, { self, clock }: Node, { digest }: ArtifactRef): boolean {
  const offer = books.chunks?.[self]?.[digest];
  const half = must(books.policy?.catchUp, 'terms').advertMaxMs / 2;
  return offer !== undefined && offer.untilMs > clock.nowMs() + half;
}

/**
 * A worker that serves what it holds: the states on its shelf in chunks over HTTP, offered in the
 * ledger for as long as the policy lets an offer stand. With each state reached an offer whose time is
 * half over is made again.
 */
import type { Digest } from '../../events/ids.ts';
import type { ArtifactRef, Books } from '../../projections/books.ts';
import { must, revisionOf } from '../../projections/books.ts';
import type { Node } from '../node.ts';
import type { ChunkServer } from '../transfer/chunk-server.ts';
import { serveChunks } from '../transfer/chunk-server.ts';
import { Fault } from '../../commands/ports/fault.ts';
import { artifactMissing } from '../../adapters/artifact-digest.ts';
import { Holdings } from '../transfer/holdings.ts';
import type { Shelf } from '../transfer/shelf.ts';
import type { ReachedState } from './state-keeper.ts';

export interface SeedOptions {
  readonly shelf: Shelf;
  readonly chunkBytes: number;
  readonly host: string;
  /** 0 takes a free port. */
  readonly port: number;
  /** How others reach it, where that is not host and port; null: as it is bound. */
  readonly endpoint: string | null;
  readonly say: (line: string) => void;
}

export class Seed {
  readonly server: ChunkServer;
  readonly #holdings: Holdings;
  readonly #endpoint: string;
  #offers = 0;

  private constructor(server: ChunkServer, holdings: Holdings, endpoint: string) {
    this.server = server;
    this.#holdings = holdings;
    this.#endpoint = endpoint;
  }

  /** @throws NodeJS.ErrnoException when the address cannot be listened on */
  static async open(options: SeedOptions): Promise<Seed> {
    const { shelf, chunkBytes, host, port, endpoint, say } = options;
    const get = async (digest: Digest): Promise<Uint8Array> => {
      const bytes = await shelf.get(digest);
      if (bytes === null) throw artifactMissing(digest);
      return bytes;
    };
    const holdings = new Holdings({ get, range: shelf.range.bind(shelf) }, chunkBytes);
    const server = await serveChunks({ holdings, host, port, say });
    return new Seed(server, holdings, endpoint ?? server.address);
  }

  /** Says in the ledger what of a state is served here, unless an offer of it stands for long enough. */
  async offer({ run, revision }: ReachedState, node: Node, signal: AbortSignal): Promise<void> {
    const { books } = node.follower;
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
    if (terms === undefined || terms.chunkBytes !== this.#holdings.chunkBytes) return;
    const tree = await this.#holdings.tree(artifact.digest).catch(() => null);
    if (tree === null) return;
    const session = node.session.number;
    if (session === 0) return;
    this.#offers += 1;
    const { chunkBytes, count, root } = tree.list;
    const reply = await node.client.send(
      `offer-${node.key.actor.slice(0, 12)}-${session}-${this.#offers}-${artifact.digest.slice(7, 23)}`,
      {
        type: 'daybook.chunks.advertised.v1',
        data: {
          session,
          artifact,
          chunkBytes,
          count,
          root,
          endpoint: this.#endpoint,
          goodForMs: terms.advertMaxMs,
        },
      },
      signal,
    );
    if (reply.status === 'refused') node.say(`offer of ${artifact.digest} refused: ${reply.code}`);
    else await node.follower.reach(reply.sequence, signal);
  }

  close(): Promise<void> {
    return this.server.close();
  }
}

/** An offer with less than half its time left is made again. */
function isOffered(books: Books, { key, clock }: Node, { digest }: ArtifactRef): boolean {
  const offer = books.chunks?.[key.actor]?.[digest];
  const half = must(books.policy?.catchUp, 'terms').advertMaxMs / 2;
  return offer !== undefined && offer.untilMs > clock.nowMs() + half;
}

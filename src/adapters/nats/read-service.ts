/** The service of whoever answers questions about a ledger from its own fold: an explorer. */
import type { LedgerId } from '../../events/ids.ts';
import { MESSAGE_OVERHEAD_BYTES } from './commit-message.ts';
import { subjectsOf } from './declarations.ts';
import type { Link } from './link.ts';
import { EndpointStats, serveMicro, type MicroAnswer } from './micro.ts';

export interface ReadEndpoint {
  /** A token: the last of the subject. */
  readonly name: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly handle: (payload: Uint8Array) => Promise<MicroAnswer>;
}

export interface ServiceHost {
  /** Longest answer, its headers apart. */
  readonly answerBytesMax: number;
  /** @returns what ends it */
  serve(version: string, description: string, endpoints: readonly ReadEndpoint[]): () => void;
}

export function readServiceHost(link: Link, ledger: LedgerId): ServiceHost {
  const { read, service } = subjectsOf(ledger);
  return {
    answerBytesMax: link.messageBytesMax - MESSAGE_OVERHEAD_BYTES,
    serve: (version, description, endpoints) =>
      serveMicro(link, {
        name: `${service}-read`,
        version,
        description,
        endpoints: endpoints.map((one) => ({
          ...one,
          subject: `${read}.${one.name}`,
          stats: new EndpointStats(),
        })),
      }),
  };
}

/** Duties whose facts are changed, or kept back, before they are signed and sent. */
import type { Fact, FactOf, FactType } from '../../events/catalogue.ts';
import type { Reply } from '../../commands/reply.ts';
import { refuse } from '../../commands/refusal.ts';
import { CommandClient } from '../../roles/command-client.ts';
import type { Duties, Node } from '../../roles/node.ts';
import type { Means } from './conduct.ts';

/** The fact that is sent instead; null: nothing is. */
export type Rewrite = (
  fact: Fact,
  node: Node,
  signal: AbortSignal,
) => Promise<Fact | null> | Fact | null;

export class RewritingClient extends CommandClient {
  readonly #rewrite: (fact: Fact, signal: AbortSignal) => Promise<Fact | null> | Fact | null;

  constructor(
    options: ConstructorParameters<typeof CommandClient>[0],
    rewrite: (fact: Fact, signal: AbortSignal) => Promise<Fact | null> | Fact | null,
  ) {
    super(options);
    this.#rewrite = rewrite;
  }

  override async send<T extends FactType>(
    id: string,
    fact: FactOf<T>,
    signal: AbortSignal,
  ): Promise<Exclude<Reply, { status: 'fault' }>> {
    const said = await this.#rewrite(fact as unknown as Fact, signal);
    // To its own role code it looks as if the ledger had said no.
    if (said === null) return { status: 'refused', ...refuse('challenge_closed', 'kept back') };
    return super.send(id, said as unknown as FactOf<T>, signal);
  }
}

export const rewriting =
  (rewrite: Rewrite) =>
  (honest: Duties, { channel, clock, key, log }: Means): Duties => ({
    perform: (step, node, signal) => {
      const client = new RewritingClient({ channel, clock, key, log }, (fact, until) =>
        rewrite(fact, node, until),
      );
      return honest.perform(step, { ...node, client }, signal);
    },
  });

/** A node that computes honestly and says something else, for tests with real roles. */
import type { FactOf, FactType } from '../events/catalogue.ts';
import type { Books } from '../projections/books.ts';
import type { CommandClient } from '../roles/command-client.ts';
import type { Duties, Node } from '../roles/node.ts';
import type { Step } from '../roles/steps.ts';

export type Lie = (fact: FactOf<FactType>, books: Books) => FactOf<FactType>;

export class Liar implements Duties {
  readonly #honest: Duties;
  readonly #lie: Lie;
  readonly #after: (books: Books) => boolean;

  /** @param after what its fold must fulfil before it says anything */
  constructor(honest: Duties, lie: Lie, after: (books: Books) => boolean = () => true) {
    this.#honest = honest;
    this.#lie = lie;
    this.#after = after;
  }

  async perform(step: Step, node: Node, signal: AbortSignal): Promise<void> {
    const { follower } = node;
    const send: CommandClient['send'] = async (id, fact, within) => {
      await follower.until(this.#after, within);
      const said = this.#lie(fact as FactOf<FactType>, follower.books);
      return node.client.send(id, said as typeof fact, within);
    };
    const client = Object.assign(Object.create(node.client) as CommandClient, { send });
    await this.#honest.perform(step, { ...node, client }, signal);
  }
}

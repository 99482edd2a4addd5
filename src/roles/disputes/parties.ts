/**
 * The party that spoke last, kept between two questions: it has run the contribution once and has the
 * trace of the step at hand. One is enough, for disputes are rare and memory is not free.
 */
import type { Backend } from '../../compute/backend.ts';
import { Party } from '../../compute/disputes/party.ts';
import { digestOf, sha256 } from '../../events/digest.ts';
import type { DisputedWork } from './answer-question.ts';

export class Parties {
  #last: { readonly key: string; readonly party: Party } | null = null;

  of(work: DisputedWork, backend: Backend): Party {
    const key = keyOf(work);
    if (this.#last?.key !== key) {
      const { spec, checkpoint, pages } = work;
      this.#last = { key, party: new Party(spec, checkpoint, pages, backend, sha256) };
    }
    return this.#last.party;
  }
}

function keyOf({ spec, checkpoint, pages }: DisputedWork): string {
  const tokens = Buffer.concat(
    pages.map((page) => Buffer.from(page.buffer, page.byteOffset, page.byteLength)),
  );
  return `${JSON.stringify(spec)} ${digestOf(checkpoint)} ${digestOf(tokens)}`;
}

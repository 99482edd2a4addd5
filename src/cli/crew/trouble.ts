/**
 * Trouble for a demo: worker-3 is killed without warning when it has just claimed work in window 2
 * or later, and started again once its work has been taken over. (Worker-2's cheating is its own.)
 */
import type { LedgerEvent } from '../../events/catalogue.ts';
import type { Books } from '../../projections/books.ts';
import { colour } from '../output.ts';
import type { Crew } from './crew.ts';

const VICTIM = 'worker-3';
const FROM_WINDOW = 2;

export class Trouble {
  readonly #crew: Crew;
  readonly #say: (line: string) => void;
  #state: 'waiting' | 'dead' | 'over' = 'waiting';

  constructor(crew: Crew, say: (line: string) => void) {
    this.#crew = crew;
    this.#say = say;
  }

  onEvent(event: LedgerEvent, books: Books): void {
    const name = (actor: string): string | undefined => books.members[actor]?.name;
    if (
      this.#state === 'waiting' &&
      event.type === 'daybook.assignment.claimed.v1' &&
      name(event.actor) === VICTIM &&
      Number(event.data.assignment.split('/')[1]) >= FROM_WINDOW
    ) {
      this.#state = 'dead';
      this.#crew.kill(VICTIM);
      this.#say(colour.red(`  ${VICTIM} dies in the middle of its work (SIGKILL)`));
    } else if (this.#state === 'dead' && event.type === 'daybook.window.reconciled.v1') {
      this.#state = 'over';
      this.#crew.restart(VICTIM);
      this.#say(`  ${VICTIM} is started again`);
    }
  }

  end(): void {
    this.#state = 'over';
  }
}

/**
 * Trouble for a demo: the first honest worker that claims work in window 2 or later is killed there
 * and then, and started again once the window is over. (Worker-2's cheating is its own.)
 */
import type { LedgerEvent } from '../../events/catalogue.ts';
import type { Books } from '../../projections/books.ts';
import { colour } from '../terminal/output.ts';
import type { Crew } from './crew.ts';

export const CHEAT = 'worker-2';
const FROM_WINDOW = 2;

export class Trouble {
  readonly #crew: Crew;
  readonly #say: (line: string) => void;
  #state: 'waiting' | 'over' | { readonly dead: string } = 'waiting';

  constructor(crew: Crew, say: (line: string) => void) {
    this.#crew = crew;
    this.#say = say;
  }

  onEvent(event: LedgerEvent, books: Books): void {
    if (this.#state === 'waiting' && event.type === 'daybook.assignment.claimed.v1') {
      const name = books.members[event.actor]?.name;
      const late = Number(event.data.assignment.split('/')[1]) >= FROM_WINDOW;
      if (late && name !== undefined && name !== CHEAT) this.#strike(name);
    } else if (typeof this.#state === 'object' && event.type === 'daybook.window.reconciled.v1') {
      const { dead } = this.#state;
      this.#state = 'over';
      this.#crew.restart(dead);
      this.#say(`  ${dead} is started again`);
    }
  }

  #strike(name: string): void {
    this.#state = { dead: name };
    this.#crew.kill(name);
    this.#say(colour.red(`  ${name} dies in the middle of its work (SIGKILL)`));
  }

  end(): void {
    this.#state = 'over';
  }
}

/** What a verification found: what holds, in order, and what does not. */
import type { Shape } from '../../explorer/api/shape.ts';
import { members, string, words } from '../../explorer/api/shape.ts';
import { column, listOutput, tell } from '../terminal/declared-output.ts';
import { EXIT, Exit } from '../terminal/exit.ts';
import { hanging } from '../terminal/layout.ts';
import type { OutputOptions } from '../terminal/output.ts';
import { colour, print } from '../terminal/output.ts';

interface Proven {
  readonly check: string;
  readonly status: 'ok' | 'failed';
  readonly detail: string;
}

const provenShape: Shape<Proven> = members({
  check: string,
  status: words('ok', 'failed'),
  detail: string,
});

export const provenOutput = listOutput<Proven>(
  'What holds, in order, and at the end what does not, where something does not.',
  provenShape,
  [
    column('status', ({ status }) => status),
    column('check', ({ check }) => check),
    column('detail', ({ detail }) => detail),
  ],
);

/** What held so far. For people a line each as it is found; the other formats have an end. */
export class Verification {
  readonly #options: OutputOptions;
  readonly #checks: Proven[] = [];

  private constructor(options: OutputOptions) {
    this.#options = options;
  }

  /** Tells what `verify` says, to its end or up to the proven mismatch that it throws. */
  static async of(
    options: OutputOptions,
    verify: (told: Verification) => Promise<void>,
  ): Promise<void> {
    const told = new Verification(options);
    try {
      await verify(told);
      told.#end(null);
    } catch (error) {
      if (error instanceof Exit && error.code === EXIT.mismatch) told.#end(error.message);
      throw error;
    }
  }

  readonly say = (check: string, detail: string): void => {
    this.#checks.push({ check, status: 'ok', detail });
    if (this.#options.output === 'table')
      print(hanging(`${colour.green('ok     ')} ${check.padEnd(21)} `, detail));
  };

  /** A sentence that no program needs. */
  readonly note = (text: string): void => {
    if (this.#options.output === 'table' && this.#options.quiet !== true) print(text);
  };

  #end(failure: string | null): void {
    if (failure !== null) this.#checks.push({ check: 'proof', status: 'failed', detail: failure });
    tell(provenOutput, this.#checks, this.#options, () => undefined);
  }
}

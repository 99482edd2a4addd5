/**
 * An authority as its operator runs it: a process that can be killed, stopped, cut off and started
 * again, and that tells when it leads. Invariant: it does not outlive the test's process.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../cli/main.ts', import.meta.url));

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export class AuthorityProcess {
  readonly name: string;
  readonly #args: readonly string[];
  readonly #onLead: (one: AuthorityProcess) => void;
  #child: ChildProcess | null = null;
  #said: string[] = [];

  constructor(name: string, args: readonly string[], onLead: (one: AuthorityProcess) => void) {
    this.name = name;
    this.#args = args;
    this.#onLead = onLead;
  }

  get said(): string {
    return this.#said.join('\n');
  }

  /** Whether it has said, since it was started, that it leads or stands by. */
  hasPlace = false;

  start(): void {
    this.hasPlace = false;
    const child = spawn(process.execPath, [MAIN, 'authority', ...this.#args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child = child;
    running.add(child);
    child.once('exit', (code, signal) => {
      running.delete(child);
      this.#said.push(`ended: ${signal ?? code}`);
    });
    createInterface({ input: child.stderr }).on('line', (line) => {
      this.#said.push(line);
      this.hasPlace ||= / leads from entry | stands by: /.test(line);
      if (/ leads from entry /.test(line)) this.#onLead(this);
    });
  }

  signal(name: NodeJS.Signals): void {
    this.#child?.kill(name);
  }

  get isRunning(): boolean {
    const child = this.#child;
    return child !== null && child.exitCode === null && child.signalCode === null;
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === null || !this.isRunning) return;
    // Closed: what it said until then has been read.
    const ended = once(child, 'close');
    child.kill('SIGCONT');
    child.kill(signal);
    await ended;
  }
}

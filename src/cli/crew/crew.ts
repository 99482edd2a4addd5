/**
 * A crew of role processes on one ledger, each its own OS process running the same verbs that an
 * operator would type. Their output goes to log files. Whoever dies without being told to is started
 * again, a few times; a member that keeps dying is given up, and its starter is told.
 */
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { withoutSettings } from '../context/settings.ts';
import { CREW_VARIABLE } from '../terminal/stop-signal.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const STOP_WITHIN_MS = 5000;
const RESTARTS_MAX = 3;
const RESTART_AFTER_MS = 1000;

export interface CrewEvents {
  /** A member ended by itself; it is started again unless it has been too often. */
  readonly onDeath: (name: string, how: string, logFile: string) => void;
  readonly onGiveUp: (name: string, logFile: string) => void;
}

interface Member {
  readonly name: string;
  readonly args: readonly string[];
  child: ChildProcess;
  expectedToEnd: boolean;
}

export class Crew {
  readonly #folder: string;
  readonly #members = new Map<string, Member>();
  readonly #deaths = new Map<string, number>();
  readonly #events: CrewEvents;
  #stopping = false;

  constructor(folder: string, events: CrewEvents) {
    this.#folder = folder;
    this.#events = events;
    mkdirSync(folder, { recursive: true });
  }

  logFile(name: string): string {
    return join(this.#folder, `${name}.log`);
  }

  start(name: string, args: readonly string[]): void {
    const child = spawn(process.execPath, [MAIN, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...withoutSettings(process.env), [CREW_VARIABLE]: '1' },
    });
    const log = createWriteStream(this.logFile(name), { flags: 'a' });
    child.stdout?.pipe(log, { end: false });
    child.stderr?.pipe(log, { end: false });
    const member: Member = { name, args, child, expectedToEnd: false };
    this.#members.set(name, member);
    child.on('exit', (code, signal) => {
      log.end();
      if (!member.expectedToEnd) this.#mourn(name, signal ?? `exit ${code}`);
    });
  }

  #mourn(name: string, how: string): void {
    if (this.#stopping) return;
    const deaths = (this.#deaths.get(name) ?? 0) + 1;
    this.#deaths.set(name, deaths);
    this.#events.onDeath(name, how, this.logFile(name));
    if (deaths > RESTARTS_MAX) this.#events.onGiveUp(name, this.logFile(name));
    else
      setTimeout(() => {
        if (!this.#stopping && !this.isRunning(name)) this.restart(name);
      }, RESTART_AFTER_MS);
  }

  /** The first line a member prints on stdout: an address, say. */
  firstLine(name: string): Promise<string> {
    const child = this.#of(name).child;
    return new Promise((resolve, reject) => {
      let text = '';
      child.stdout?.on('data', (chunk: Buffer) => {
        text += chunk.toString('utf8');
        const end = text.indexOf('\n');
        if (end !== -1) resolve(text.slice(0, end));
      });
      child.once('exit', () => reject(new Error(`${name} ended; see ${this.logFile(name)}`)));
    });
  }

  /** SIGKILL: no goodbye, as a power cut would. */
  kill(name: string): void {
    const member = this.#of(name);
    member.expectedToEnd = true;
    member.child.kill('SIGKILL');
  }

  /** Nobody comes any more once the crew is told to stop. */
  restart(name: string): void {
    if (!this.#stopping) this.start(name, this.#of(name).args);
  }

  isRunning(name: string): boolean {
    const child = this.#members.get(name)?.child;
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  /** Nodes first, so that their goodbyes are still recorded; the rest after them. */
  async stop(last: readonly string[]): Promise<void> {
    this.#stopping = true;
    const names = [...this.#members.keys()];
    await Promise.all(names.filter((name) => !last.includes(name)).map((name) => this.#end(name)));
    for (const name of last) await this.#end(name);
  }

  async #end(name: string): Promise<void> {
    const member = this.#members.get(name);
    if (member === undefined) return;
    member.expectedToEnd = true;
    if (!this.isRunning(name)) return;
    const ended = new Promise<void>((resolve) => {
      member.child.once('exit', () => resolve());
    });
    member.child.kill('SIGTERM');
    const timer = setTimeout(() => member.child.kill('SIGKILL'), STOP_WITHIN_MS);
    await ended;
    clearTimeout(timer);
  }

  #of(name: string): Member {
    const member = this.#members.get(name);
    if (member === undefined) throw new Error(`no crew member ${name}`);
    return member;
  }
}

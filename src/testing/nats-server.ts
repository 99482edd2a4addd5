/**
 * Real NATS servers for tests, as processes with the configurations of `streams/server/`, each on a
 * free loopback port with a store of its own. Invariant: none outlives the process that started it.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, LOOPBACK } from './free-port.ts';

interface FoundServer {
  readonly path: string;
  readonly version: string;
  readonly how: string;
}

const require = createRequire(import.meta.url);
const { ensureNatsServer } = require('../../scripts/nats-server.cjs') as {
  ensureNatsServer(cacheDir: string, say?: (line: string) => void): Promise<FoundServer>;
};

const READY = /Server is ready/;
const READY_TIMEOUT_MS = 180_000;

const fromRoot = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

export const findNatsServer = (): Promise<FoundServer> =>
  ensureNatsServer(fromRoot('.cache/nats-server'));

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

async function untilReady(child: ChildProcess): Promise<void> {
  let said = '';
  const ready = new Promise<void>((resolve, reject) => {
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-20_000);
      if (READY.test(said)) resolve();
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`nats-server ended (${code}):\n${said}`)));
    setTimeout(
      () => reject(new Error(`nats-server is not ready:\n${said}`)),
      READY_TIMEOUT_MS,
    ).unref();
  });
  await ready;
}

export interface NatsServerOptions {
  /** A file of `streams/server/`, or the absolute path of another configuration. */
  readonly config?: string;
  readonly args?: readonly string[];
}

/** One server that can be stopped, killed and started again on the same port and store. */
export class NatsServer {
  readonly port: number;
  readonly url: string;
  readonly version: string;
  readonly storeDir: string;
  readonly #binary: string;
  readonly #args: readonly string[];
  #child: ChildProcess | null = null;

  private constructor(found: FoundServer, port: number, storeDir: string, args: readonly string[]) {
    this.port = port;
    this.url = `nats://${LOOPBACK}:${port}`;
    this.version = found.version;
    this.storeDir = storeDir;
    this.#binary = found.path;
    this.#args = args;
  }

  /** With a port and a store, but not started. */
  static async prepare(options: NatsServerOptions = {}): Promise<NatsServer> {
    const { config = 'single.conf', args = [] } = options;
    const found = await findNatsServer();
    const port = await freePort();
    const storeDir = await mkdtemp(join(tmpdir(), 'daybook-nats-'));
    const file = config.startsWith('/') ? config : fromRoot(`streams/server/${config}`);
    const all = ['-c', file, '-a', LOOPBACK, '-p', String(port), ...args];
    return new NatsServer(found, port, storeDir, all);
  }

  static async start(options: NatsServerOptions = {}): Promise<NatsServer> {
    const server = await NatsServer.prepare(options);
    await server.start();
    return server;
  }

  async start(): Promise<void> {
    const child = spawn(this.#binary, this.#args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, DAYBOOK_STORE_DIR: this.storeDir },
    });
    this.#child = child;
    running.add(child);
    child.once('exit', () => running.delete(child));
    await untilReady(child);
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  /** As a crash would: nothing is flushed, nobody is told. */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  /** The process stands still, as on a machine whose disk does not answer, until `resume`. */
  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Stops the server and removes its store. */
  async dispose(): Promise<void> {
    await this.#end('SIGKILL');
    await rm(this.storeDir, { recursive: true, force: true });
  }
}

/**
 * Ports for servers that must know theirs before they are started, or come back on the same one. They
 * are below those that systems give to whoever asks for any (32768 and up, on Linux), and each worker of
 * the tests has a range of its own: between the look and the start nobody else comes by them.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';

export const LOOPBACK = '127.0.0.1';
const FIRST_PORT = 20_000;
const RANGES = 12;
const PORTS_EACH = 1000;

const range = (Number(process.env['VITEST_POOL_ID'] ?? 0) || 0) % RANGES;
// From anywhere in it: two runs of the tests on one machine begin at different places.
let next = Math.floor(Math.random() * PORTS_EACH);

export async function freePort(): Promise<number> {
  for (let tries = 0; tries < PORTS_EACH; tries += 1) {
    const port = FIRST_PORT + range * PORTS_EACH + (next++ % PORTS_EACH);
    if (await isFree(port)) return port;
  }
  throw new Error(`none of ${PORTS_EACH} ports is free`);
}

async function isFree(port: number): Promise<boolean> {
  const holder = createServer().listen(port, LOOPBACK);
  try {
    await once(holder, 'listening');
  } catch {
    return false;
  }
  holder.close();
  await once(holder, 'close');
  return true;
}

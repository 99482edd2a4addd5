/**
 * Serves this repository's TypeScript to a browser as the modules it is, types stripped, with the
 * headers that shared memory asks for. For tests that run our own code in a real browser.
 */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { stripTypeScriptTypes } from 'node:module';

export interface ModuleServer {
  /** Of `/`, an empty page; `/src/...` are the modules. */
  readonly url: string;
  close(): Promise<void>;
}

const ROOT = new URL('../../', import.meta.url);
const HEADERS = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cache-control': 'no-store',
};

export async function serveModules(): Promise<ModuleServer> {
  const server = createServer((request, response) => {
    void answer(request.url ?? '/').then(
      ({ type, body }) => response.writeHead(200, { ...HEADERS, 'content-type': type }).end(body),
      () => response.writeHead(404, HEADERS).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(path: string): Promise<{ type: string; body: string }> {
  if (path === '/') return { type: 'text/html', body: '<!doctype html><title>modules</title>' };
  const url = new URL(path.slice(1), ROOT);
  if (!url.href.startsWith(new URL('src/', ROOT).href) || !url.pathname.endsWith('.ts'))
    throw new Error('not a module');
  const source = await readFile(url, 'utf8');
  return { type: 'text/javascript', body: stripTypeScriptTypes(source) };
}

/**
 * A TCP proxy that loses bytes: what an unlucky network does to an acknowledgement, or to a route.
 * While `deaf`, bytes of the server are swallowed and bytes of the client still arrive; while
 * `parted`, nothing arrives on either side and nobody is told.
 */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

export class TcpProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;
  readonly #hearing: { deaf: boolean; parted: boolean };

  private constructor(
    port: number,
    server: Server,
    sockets: Set<Socket>,
    hearing: { deaf: boolean; parted: boolean },
  ) {
    this.port = port;
    this.#server = server;
    this.#sockets = sockets;
    this.#hearing = hearing;
  }

  static async to(targetPort: number): Promise<TcpProxy> {
    const sockets = new Set<Socket>();
    const hearing = { deaf: false, parted: false };
    const server = createServer((client) => {
      const upstream = connect(targetPort, '127.0.0.1');
      for (const socket of [client, upstream]) {
        sockets.add(socket);
        socket.on('error', () => socket.destroy());
        socket.on('close', () => sockets.delete(socket));
      }
      client.on('data', (bytes) => {
        if (!hearing.parted) upstream.write(bytes);
      });
      upstream.on('data', (bytes) => {
        if (!hearing.deaf && !hearing.parted) client.write(bytes);
      });
      client.on('close', () => upstream.destroy());
      upstream.on('close', () => client.destroy());
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    return new TcpProxy(port, server, sockets, hearing);
  }

  /** From now on the client hears nothing, until `cut`. */
  deafen(): void {
    this.#hearing.deaf = true;
  }

  /** From now on nothing passes, on old connections and new ones, until `cut`. */
  part(): void {
    this.#hearing.parted = true;
  }

  /** Cuts all connections; new ones hear again. */
  cut(): void {
    this.#hearing.deaf = false;
    this.#hearing.parted = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

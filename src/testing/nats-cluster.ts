/**
 * The three servers of `streams/server/n1.conf`, `n2.conf` and `n3.conf` on loopback. Every route
 * between two of them goes over a proxy of its own, so that the network between them can be parted
 * while clients still reach each. Invariant: servers know no other way to each other, for the
 * address that they advertise is nobody's.
 */
import { freePort, LOOPBACK } from './free-port.ts';
import { NatsServer } from './nats-server.ts';
import { TcpProxy } from './tcp-proxy.ts';

const NOBODY = `${LOOPBACK}:1`;

export interface NatsCluster {
  readonly servers: readonly NatsServer[];
  /** All servers, with three replicas of every stream. */
  readonly url: string;
  /** From now on the server and the others do not hear each other. */
  isolate(server: number): void;
  /** All hear each other again. */
  rejoin(): void;
  dispose(): Promise<void>;
}

interface Route {
  readonly from: number;
  readonly to: number;
  readonly proxy: TcpProxy;
}

export async function startNatsCluster(): Promise<NatsCluster> {
  const ports = [await freePort(), await freePort(), await freePort()];
  const routes: Route[] = [];
  for (const from of ports.keys())
    for (const [to, port] of ports.entries())
      if (from !== to) routes.push({ from, to, proxy: await TcpProxy.to(port) });
  const servers = await Promise.all(ports.map((port, n) => prepared(n, port, routes)));
  await Promise.all(servers.map((server) => server.start()));
  const hosts = servers.map((server) => `${LOOPBACK}:${server.port}`).join(',');
  return {
    servers,
    url: `nats://${hosts}?replicas=3`,
    isolate: (server) => {
      for (const { from, to, proxy } of routes) if (from === server || to === server) proxy.part();
    },
    rejoin: () => {
      for (const { proxy } of routes) proxy.cut();
    },
    dispose: async () => {
      await Promise.all(servers.map((server) => server.dispose()));
      await Promise.all(routes.map(({ proxy }) => proxy.close()));
    },
  };
}

function prepared(n: number, port: number, routes: readonly Route[]): Promise<NatsServer> {
  const own = routes.filter(({ from }) => from === n).map(({ proxy }) => proxy.port);
  const others = own.map((proxy) => `nats://${LOOPBACK}:${proxy}`).join(',');
  const args = ['--cluster', `nats://${LOOPBACK}:${port}`, '--routes', others];
  return NatsServer.prepare({
    config: `n${n + 1}.conf`,
    args: [...args, '--cluster_advertise', NOBODY],
  });
}

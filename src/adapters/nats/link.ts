/**
 * A connection to a NATS server or cluster, checked: recent enough, JetStream on. It reconnects by
 * itself for ever; what fails meanwhile is repeated within `patienceMs` and then a fault.
 */
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import {
  connect,
  errors,
  type ConnectionOptions,
  type NatsConnection,
} from '@nats-io/transport-node';
import { Bell } from '../bell.ts';
import { addressOf, credentialsOf, type Credentials } from './address.ts';
import { isTransient, natsFault, persistently, STREAM_NAME_IN_USE } from './nats-fault.ts';
import { leastRecent, ServerSwitch } from './server-switch.ts';
import { Fault, type FaultCode } from '../../commands/ports/fault.ts';
import type { StreamDeclaration } from './declarations.ts';

/** Before 2.10 a stream cannot refuse what this adapter relies on being refused. */
export const SERVER_FLOOR = '2.10.0';
const CALL_TIMEOUT_MS = 3_000;
const RECONNECT_EVERY_MS = 200;
/** Where answers come to; nothing else is ever answered to. */
export const INBOXES = '_INBOX';

export interface LinkOptions {
  /** How long calls are repeated while the server is away, before they give up with a fault. */
  readonly patienceMs: number;
  /** Replicas of every stream that is made: 1, or 3 on a cluster. */
  readonly replicas: number;
  /** Whether streams that are not there are made. */
  readonly create: boolean;
  /** Whether to log in as the address's desk: for all but the log. */
  readonly desk: boolean;
}

export interface Link extends LinkOptions {
  readonly nc: NatsConnection;
  readonly js: JetStreamClient;
  readonly jsm: JetStreamManager;
  /** Rings when the connection is back: what was asked for before will not be answered any more. */
  readonly reconnected: Bell;
  readonly serverSwitch: ServerSwitch;
  /** By which the server knows who this is; null: it asks nobody. */
  readonly login: string | null;
  /** The server's max_payload. */
  readonly messageBytesMax: number;
  close(): Promise<void>;
}

const numbersOf = (version: string): number[] => version.split(/[.-]/).slice(0, 3).map(Number);

/** Whether version a comes before version b; a pre-release counts as its release. */
export function isOlder(a: string, b: string): boolean {
  const [theirs, floor] = [numbersOf(a), numbersOf(b)];
  const at = floor.findIndex((number, i) => number !== theirs[i]);
  return at >= 0 && !((theirs[at] ?? 0) > (floor[at] ?? 0));
}

function checkVersion(nc: NatsConnection): void {
  const version = nc.info?.version ?? '0.0.0';
  if (!isOlder(version, SERVER_FLOOR)) return;
  throw new Fault(
    'server_too_old',
    `The server at ${nc.getServer()} is nats-server ${version}; Daybook needs ${SERVER_FLOOR} or later.`,
    { retryable: false },
  );
}

/**
 * Every login listens in inboxes of its own name, so that permissions can keep others out of them;
 * answers and deliveries go nowhere else.
 */
function loggingIn({ key, user, pass, name }: Credentials): ConnectionOptions {
  const inboxes = name === null ? {} : { inboxPrefix: `${INBOXES}.${name}` };
  if (key === null) return user === null ? inboxes : { ...inboxes, user, pass: pass ?? '' };
  const sign = (nonce: string): string =>
    Buffer.from(key.sign(Buffer.from(nonce))).toString('base64url');
  return {
    ...inboxes,
    authenticator: (nonce) => ({ nkey: key.actor, sig: sign(nonce ?? '') }),
  };
}

async function connected(
  servers: string[],
  credentials: Credentials,
  patienceMs: number,
): Promise<NatsConnection> {
  const identity = loggingIn(credentials);
  try {
    return await persistently(patienceMs, () =>
      connect({
        servers,
        ...identity,
        timeout: CALL_TIMEOUT_MS,
        maxReconnectAttempts: -1,
        reconnectTimeWait: RECONNECT_EVERY_MS,
        // Else every request makes an error beforehand, in case it should fail.
        noAsyncTraces: true,
        reconnectToServer: leastRecent,
      }),
    );
  } catch (error) {
    const doing = `No connection to ${servers.join(', ')}`;
    throw natsFault(doing, error, 'log_unavailable', credentials.name);
  }
}

async function managed(
  nc: NatsConnection,
  login: string | null,
  patienceMs: number,
): Promise<JetStreamManager> {
  if (nc.info?.jetstream !== true) {
    throw new Fault(
      'jetstream_disabled',
      `The server at ${nc.getServer()} runs without JetStream; start it with a jetstream block.`,
      { retryable: false },
    );
  }
  try {
    return await persistently(patienceMs, () => jetstreamManager(nc, { timeout: CALL_TIMEOUT_MS }));
  } catch (error) {
    throw natsFault(`JetStream at ${nc.getServer()}`, error, 'log_unavailable', login);
  }
}

/** Ends with the connection. */
async function ringWhenReconnected(nc: NatsConnection, reconnected: Bell): Promise<void> {
  for await (const status of nc.status()) {
    if (status.type === 'reconnect') reconnected.ring();
  }
}

/**
 * The call's outcome, or a timeout at once when the connection it was sent on is gone. A server that
 * answers nothing for long is left for another.
 */
export function orReconnected<T>(link: Link, call: Promise<T>): Promise<T> {
  const askedMs = performance.now();
  return new Promise((resolve, reject) => {
    const forget = link.reconnected.onRing(() => {
      forget();
      fail(new errors.TimeoutError());
    });
    const fail = (error: unknown): void => {
      forget();
      if (isTransient(error)) link.serverSwitch.unanswered(askedMs);
      else link.serverSwitch.answered();
      reject(error as Error);
    };
    call.then((answer) => {
      forget();
      link.serverSwitch.answered();
      return resolve(answer);
    }, fail);
  });
}

/**
 * Runs a call that may safely be repeated, for as long as the link has patience; lets nothing but
 * faults out. `otherwise` is the fault of a server that cannot be used.
 */
export async function calling<T>(
  link: Link,
  doing: string,
  otherwise: FaultCode,
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await persistently(link.patienceMs, () => orReconnected(link, call()));
  } catch (error) {
    throw natsFault(doing, error, otherwise, link.login);
  }
}

/**
 * @throws Fault log_unavailable | server_too_old | jetstream_disabled | permission_denied
 */
export async function openLink(url: string, options: Partial<LinkOptions> = {}): Promise<Link> {
  const { patienceMs = 10_000, create = true, desk = false } = options;
  const address = addressOf(url);
  const replicas = options.replicas ?? address.replicas;
  const credentials = credentialsOf(desk ? address.desk : address.login);
  const login = credentials.name;
  const nc = await connected(address.servers, credentials, patienceMs);
  try {
    checkVersion(nc);
    const jsm = await managed(nc, login, patienceMs);
    const js = jetstream(nc, { timeout: CALL_TIMEOUT_MS });
    const reconnected = new Bell();
    void ringWhenReconnected(nc, reconnected);
    const messageBytesMax = nc.info?.max_payload ?? 0;
    const serverSwitch = new ServerSwitch(nc, address.servers.length);
    const close = (): Promise<void> => nc.close();
    const asked = { patienceMs, replicas, create, desk };
    return { ...asked, nc, js, jsm, login, reconnected, serverSwitch, messageBytesMax, close };
  } catch (error) {
    await nc.close();
    throw error;
  }
}

/** What manages streams of another account, by the prefix it exports them under. */
export const managerAt = ({ nc }: Link, apiPrefix: string): Promise<JetStreamManager> =>
  jetstreamManager(nc, { timeout: CALL_TIMEOUT_MS, apiPrefix, checkAPI: false });

/** @throws Fault log_not_found | log_unavailable | permission_denied */
export const isMirror = (link: Link, stream: string): Promise<boolean> =>
  calling(link, `Stream ${stream}`, 'log_unavailable', async () => {
    const { config } = await link.jsm.streams.info(stream);
    return config.mirror !== undefined;
  });

/** Settings by which an existing stream differs from its declaration. */
export async function differences(link: Link, declared: StreamDeclaration): Promise<string[]> {
  const { config } = await link.jsm.streams.info(declared.name);
  const found = config as unknown as Readonly<Record<string, unknown>>;
  return Object.entries(declared)
    .filter(([key]) => key !== 'num_replicas' && key !== 'description')
    .filter(([key, value]) => JSON.stringify(found[key] ?? false) !== JSON.stringify(value))
    .map(([key, value]) => `${key} is ${JSON.stringify(found[key])}, not ${JSON.stringify(value)}`);
}

/**
 * Makes the stream unless it is there. Its replicas may differ from the declaration, nothing else:
 * a stream that can forget is no ledger.
 * @throws Fault log_not_found | log_unavailable | permission_denied | storage_full
 */
export async function ensureStream(link: Link, declared: StreamDeclaration): Promise<void> {
  const doing = `Stream ${declared.name}`;
  try {
    await persistently(link.patienceMs, async () => {
      if (!link.create) return;
      try {
        await link.jsm.streams.add({ ...declared, num_replicas: link.replicas });
      } catch (error) {
        const code = error instanceof Error && 'code' in error ? error.code : undefined;
        if (code !== STREAM_NAME_IN_USE) throw error;
      }
    });
    const found = await persistently(link.patienceMs, () => differences(link, declared));
    if (found.length === 0) return;
    throw new Fault('log_unavailable', `${doing} has other settings: ${found.join('; ')}.`, {
      retryable: false,
    });
  } catch (error) {
    throw natsFault(doing, error, 'log_unavailable', link.login);
  }
}

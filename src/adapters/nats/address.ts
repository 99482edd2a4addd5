/**
 * The address of a ledger on NATS servers, and who logs in there:
 *
 *     nats://[user:password@]host:port[,host:port...][?replicas=3&nkey=<seed file>&desk=<seed file>]
 *
 * `nkey` names a file with a seed (SU..., one line; a role's own key file will do). `desk`, or
 * `desk-login=user:password`, is the authority's second login where the log is in an account apart:
 * it serves commands, hands out steps and keeps artifacts there, and has no part in the log.
 */
import { readFileSync } from 'node:fs';
import * as E from 'fp-ts/lib/Either.js';
import { Fault } from '../../commands/ports/fault.ts';
import { keyFromSeed, type SigningKey } from '../../events/nkey.ts';

export type Login =
  | { readonly kind: 'password'; readonly user: string; readonly pass: string }
  | { readonly kind: 'nkey'; readonly seedFile: string };

export interface Address {
  readonly servers: string[];
  readonly replicas: number;
  readonly login: Login | null;
  /** The login for all but the log, when that is another one. */
  readonly desk: Login | null;
}

function passwordLogin(text: string, decode: (part: string) => string): Login {
  const colon = text.indexOf(':');
  const [user, pass] = colon < 0 ? [text, ''] : [text.slice(0, colon), text.slice(colon + 1)];
  return { kind: 'password', user: decode(user), pass: decode(pass) };
}

const nkeyLogin = (seedFile: string | null): Login | null =>
  seedFile === null ? null : { kind: 'nkey', seedFile };

/** @throws Fault log_unavailable, when it is no address */
export function addressOf(url: string): Address {
  const [authority = '', query = ''] = url.slice('nats://'.length).split('?');
  const at = authority.lastIndexOf('@');
  const options = new URLSearchParams(query);
  const replicas = Number(options.get('replicas') ?? 1);
  const servers = authority
    .slice(at + 1)
    .replace(/\/$/, '')
    .split(',');
  if (!servers.every((server) => server.length > 0) || ![1, 3, 5].includes(replicas)) {
    throw new Fault('log_unavailable', `Not a server's address: ${withoutPasswords(url)}.`, {
      retryable: false,
    });
  }
  const named = at < 0 ? null : passwordLogin(authority.slice(0, at), decodeURIComponent);
  const second = options.get('desk-login');
  return {
    servers,
    replicas,
    login: nkeyLogin(options.get('nkey')) ?? named,
    desk:
      nkeyLogin(options.get('desk')) ??
      (second === null ? null : passwordLogin(second, (part) => part)),
  };
}

const withoutPasswords = (url: string): string =>
  url.replace(/:[^:@/]*@/, ':***@').replace(/(desk-login=[^:&]*):[^&]*/, '$1:***');

export interface Credentials {
  /** What `connect` is given. */
  readonly key: SigningKey | null;
  readonly user: string | null;
  readonly pass: string | null;
  /** The token by which the server's permissions know this login; null when there is none. */
  readonly name: string | null;
}

/** @throws Fault permission_denied, when the seed cannot be read */
export function credentialsOf(login: Login | null): Credentials {
  if (login === null) return { key: null, user: null, pass: null, name: null };
  if (login.kind === 'password') {
    const { user, pass } = login;
    return { key: null, user, pass, name: user };
  }
  const key = keyFromSeed(seedIn(login.seedFile));
  if (E.isRight(key)) return { key: key.right, user: null, pass: null, name: key.right.actor };
  throw unusable(`${login.seedFile} holds no seed: ${key.left.message}.`);
}

function seedIn(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw unusable(`The seed of this login cannot be read: ${(error as Error).message}.`, error);
  }
}

const unusable = (message: string, cause?: unknown): Fault =>
  new Fault('permission_denied', message, { retryable: false, cause });

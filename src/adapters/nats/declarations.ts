/**
 * What a ledger owns on a JetStream server, read from `streams/*.json`: the one declaration of
 * streams, consumers, buckets and subjects, for this adapter, operators and permissions alike.
 * Names are templates; `{ledger}` and the like are filled in here.
 */
import assert from 'node:assert';
import { readFileSync } from 'node:fs';
import type { ConsumerConfig, StreamConfig } from '@nats-io/jetstream';
import type { ObjectStoreOptions } from '@nats-io/obj';
import type { ActorId, LedgerId } from '../../events/ids.ts';

type Values = Readonly<Record<string, string>>;

export type StreamDeclaration = Partial<StreamConfig> & { readonly name: string };
export type ConsumerDeclaration = Partial<ConsumerConfig> & { readonly durable_name: string };
export type BucketDeclaration = Partial<ObjectStoreOptions> & { readonly bucket: string };

export interface Subjects {
  readonly command: string;
  readonly query: string;
  /** Prefix of what an explorer answers. */
  readonly read: string;
  /** Under which the authority is found among services; the explorer adds `-read`. */
  readonly service: string;
  readonly log: string;
  readonly lead: string;
  readonly step: string;
  /** Prefix under which readers in another account reach the log's own stream. */
  readonly origin: string;
  /** Prefix under which the log's own stream feeds its mirror. */
  readonly mirrored: string;
}

/** `desk`: the authority's login for all but the log. */
export type ServerRole =
  'authority' | 'desk' | 'operator' | 'worker' | 'validator' | 'auditor' | 'explorer';

/** What each role may do on the server, by name, in templates of subjects. */
export interface Permissions {
  readonly rights: Readonly<
    Record<
      string,
      {
        readonly publish?: readonly string[];
        readonly subscribe?: readonly string[];
        /** May answer whom it was asked by, where that is, once a question. */
        readonly responses?: true;
      }
    >
  >;
  readonly roles: Readonly<
    Record<ServerRole, { readonly account: 'LOG' | 'PARTIES'; readonly rights: readonly string[] }>
  >;
}

function declared(file: string, values: Values): unknown {
  const url = new URL(`../../../streams/${file}.json`, import.meta.url);
  const filled = readFileSync(url, 'utf8').replace(/\{(\w+)\}/g, (hole, name: string) => {
    const value = values[name];
    return value === undefined ? hole : value;
  });
  return JSON.parse(filled);
}

const LEDGER_ID = /^[a-z0-9-]{1,64}$/;

/** In place of a ledger: `{ledger}` stays open in whatever is declared for it. */
export const TEMPLATE = '{ledger}' as LedgerId;

/** The names below are safe because ledger and actor ids are single NATS tokens. */
function ledgerValues(ledger: LedgerId): Values {
  if (ledger === TEMPLATE) return {};
  assert(LEDGER_ID.test(ledger), `not a ledger id: ${ledger}`);
  return { ledger };
}

export const logStream = (ledger: LedgerId): StreamDeclaration =>
  declared('log', ledgerValues(ledger)) as StreamDeclaration;

/** What readers have in place of the log where that is in an account apart. */
export const logMirror = (ledger: LedgerId): StreamDeclaration =>
  declared('log-mirror', ledgerValues(ledger)) as StreamDeclaration;

export const stepsStream = (ledger: LedgerId): StreamDeclaration =>
  declared('steps', ledgerValues(ledger)) as StreamDeclaration;

export const leadStream = (ledger: LedgerId): StreamDeclaration =>
  declared('lead', ledgerValues(ledger)) as StreamDeclaration;

export const artifactsBucket = (ledger: LedgerId): BucketDeclaration =>
  declared('artifacts', ledgerValues(ledger)) as BucketDeclaration;

export function stepsConsumer(ledger: LedgerId, addressee: ActorId): ConsumerDeclaration {
  const values = { ...ledgerValues(ledger), addressee };
  return declared('steps-consumer', values) as ConsumerDeclaration;
}

/** `step` keeps its `{addressee}` and `{step}`. */
export const subjectsOf = (ledger: LedgerId): Subjects =>
  declared('subjects', ledgerValues(ledger)) as Subjects;

/** With its holes filled by the given values; others stay. */
export const permissionsWith = (values: Values): Permissions =>
  declared('permissions', values) as Permissions;

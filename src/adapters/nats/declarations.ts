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
  readonly log: string;
  readonly lead: string;
  readonly step: string;
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

/** The names below are safe because ledger and actor ids are single NATS tokens. */
function ledgerValues(ledger: LedgerId): Values {
  assert(LEDGER_ID.test(ledger), `not a ledger id: ${ledger}`);
  return { ledger };
}

export const logStream = (ledger: LedgerId): StreamDeclaration =>
  declared('log', ledgerValues(ledger)) as StreamDeclaration;

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

/**
 * `daybook/client`: take part in a ledger from a program. `connect` gives a connection; on it,
 * `publish` signs a fact and sends it until it is recorded or refused, and `follow` tells of a book
 * whenever it changes. Works on a JetStream server and on an embedded ledger alike.
 */
export { connect, Connection } from './connection.ts';
export type {
  Assertion,
  ConnectOptions,
  FollowOptions,
  OnChange,
  Published,
  PublishOptions,
  Selector,
} from './connection.ts';

/** What a party may say: a fact with its data, by its type. */
export type { DataOfType, Fact, FactOf, FactType } from '../events/catalogue.ts';

/** Why not: the stable codes of refusals, each with what to do, and of faults. */
export { REFUSALS } from '../commands/refusal.ts';
export type { Refusal, RefusalCode } from '../commands/refusal.ts';
export { Fault, FAULTS } from '../commands/ports/fault.ts';
export type { FaultCode } from '../commands/ports/fault.ts';

/** Keys: an Ed25519 key in the text form of NATS. `generateKey` takes 32 secret random bytes. */
export { generateKey, isActorId, keyFromSeed } from '../events/nkey.ts';
export type { SigningKey } from '../events/nkey.ts';
export type { ActorId } from '../events/ids.ts';

/** A policy to begin with, sections of an open network to add to it, and the fact that adopts one. */
export { seedNetworkPolicy } from '../commands/network-policy.ts';
export { seedPolicy } from '../commands/seed-policy.ts';
export { adoptionOf } from '../commands/policy-adoption.ts';
export type { Books, Policy } from '../projections/books.ts';

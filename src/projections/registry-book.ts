/** The shapes of the registry's books; each is absent until it is first used (empty-registry.ts). */
import type { DataOfType } from '../events/catalogue.ts';
import type { ActorId, Digest } from '../events/ids.ts';

export interface Identity {
  /** In force. */
  key: ActorId;
  /** Null: it was admitted and never registered. */
  recoveryKey: ActorId | null;
  build: Digest | null;
  /** How many keys have been replaced. */
  rotations: number;
  /** Entry that put it out for good. */
  revoked?: number;
}

export type Invitation = DataOfType<'daybook.identity.invited.v1'> & { used?: true };

export interface IdentityBook {
  readonly identities: Record<string, Identity>;
  /** Whom a later key stands for, also when it has been replaced; a first key stands for itself. */
  readonly keys: Record<string, ActorId>;
  readonly invitations: Record<string, Invitation>;
  /** By sign of an owner: who showed it first. */
  readonly signs: Record<string, ActorId>;
  /** By participant: the cluster it is in, named by its oldest member; absent: alone. */
  readonly clusters: Record<string, ActorId>;
  /** By cluster. */
  readonly members: Record<string, ActorId[]>;
}

export interface Unlocking {
  /** Entry that asked for it. */
  readonly asked: number;
  readonly amount: string;
  readonly dueMs: number;
}

export interface StakeBook {
  /** By participant, oldest first: escrow that counts no more and can still be punished. */
  readonly unlocking: Record<string, Unlocking[]>;
  /** Sequence of the deposit, by reference: each is used once for ever. */
  readonly references: Record<string, number>;
  /** By participant and depositor: what came in altogether. */
  readonly deposited: Record<string, Record<string, string>>;
  /** By participant that ever locked something. */
  readonly own: Record<string, OwnStake>;
}

/** What of an escrow its participant brought itself; the rest is the issuer's, who lent it the stake. */
export interface OwnStake {
  /** In escrow before it locked anything. */
  readonly lent: string;
  /** Locked, less what it asked back. */
  brought: string;
}

export interface Capability {
  readonly claim: DataOfType<'daybook.capability.claimed.v1'>;
  /** Windows in a row in which the measured speed was below the tolerance. */
  slow: number;
  /** Tokens a second in the last window that measured any; null: none did. */
  measured: number | null;
  judgement: DataOfType<'daybook.capability.measured.v1'>['judgement'] | null;
  /** By assignment, of windows not yet scored: from the entry of the claim to that of the commitment. */
  readonly elapsedMs: Record<string, number>;
}

export interface OfferBook {
  round: number;
  /** By participant: until when it may answer. */
  readonly open: Record<string, number>;
  readonly answers: Record<string, 'accepted' | 'declined' | 'lapsed'>;
}

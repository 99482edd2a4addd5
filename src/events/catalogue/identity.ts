/**
 * Facts about identities: registration, invitation, keys that follow one another, revocation, and what
 * shows that two of them may have one owner. An identity is named by its first key for ever.
 */
import {
  actorId,
  digest,
  label,
  nullable,
  object,
  oneOf,
  reasonCode,
  slug,
  text,
  timeMs,
} from '../codecs.ts';
import { declareFact } from './declare.ts';
import { role } from './participant.ts';

/** Base64 of 64 bytes. */
const signature = text('signature', /^[A-Za-z0-9+/]{85}[AQgw]==$/);

const about = (data: { participant: string }): string => `participant/${data.participant}`;

export const identityInvited = declareFact({
  type: 'daybook.identity.invited.v1',
  author: 'operator',
  command: 'invite-identity',
  doc: 'A key may register once with this invitation, until it is over.',
  subject: (data) => `invitation/${data.invitation}`,
  data: object({
    invitation: slug,
    /** The key that may register. */
    key: actorId,
    /** The participant who vouches for it. */
    sponsor: nullable(actorId),
    untilMs: timeMs,
  }),
});

export const identityRegistered = declareFact({
  type: 'daybook.identity.registered.v1',
  author: 'anyone',
  command: 'register-identity',
  doc: 'A key makes itself a participant, and names the key that can replace it or put it out of use.',
  subject: about,
  data: object({
    /** The key itself. */
    participant: actorId,
    role,
    name: label,
    recoveryKey: actorId,
    /** The recovery key's consent, so that nobody can name another's (key-consent.ts). */
    recoveryConsent: signature,
    /** What it runs: for people, and the digest of the build that discovery can ask for. */
    software: object({ version: label, build: digest }),
    invitation: nullable(slug),
  }),
});

export const identityRotated = declareFact({
  type: 'daybook.identity.rotated.v1',
  author: 'anyone',
  command: 'rotate-identity',
  doc: 'The key in force, or the recovery key, puts another key in its place; the identity stays.',
  subject: about,
  data: object({
    participant: actorId,
    key: actorId,
    consent: signature,
    /** Null: the one that it has. */
    recovery: nullable(object({ key: actorId, consent: signature })),
  }),
});

export const identityRevoked = declareFact({
  type: 'daybook.identity.revoked.v1',
  author: 'anyone',
  command: 'revoke-identity',
  doc: 'The operator, or the recovery key, puts an identity out for good; its escrow can be punished until it is unbound.',
  subject: about,
  data: object({ participant: actorId, reason: reasonCode }),
});

export const clusterSignalled = declareFact({
  type: 'daybook.cluster.signalled.v1',
  author: 'authority',
  doc: 'Two identities share a sign of one owner: from now on they count as one where owners are counted.',
  subject: about,
  data: object({
    participant: actorId,
    /** Who showed the same sign first. */
    alike: actorId,
    sign: oneOf('recovery_key', 'invitation', 'depositor', 'benchmark'),
  }),
});

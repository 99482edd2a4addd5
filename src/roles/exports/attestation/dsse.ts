/**
 * DSSE v1 envelopes (github.com/secure-systems-lab/dsse): what is signed is the pre-authentication
 * encoding of type and payload, so that no payload passes for one of another type.
 */
import { base64Of } from '../../../events/base64.ts';
import type { SigningKey } from '../../../events/nkey.ts';

export interface Envelope {
  /** Base64. */
  readonly payload: string;
  readonly payloadType: string;
  /** Ed25519 over `pae`, base64; `keyid` is the signer's NKey: a hint, vouched for by nobody. */
  readonly signatures: readonly { readonly keyid: string; readonly sig: string }[];
}

/** "DSSEv1" SP len(type) SP type SP len(body) SP body; lengths in bytes. */
export function pae(type: string, body: Uint8Array): Uint8Array {
  const head = `DSSEv1 ${Buffer.byteLength(type)} ${type} ${body.byteLength} `;
  return Buffer.concat([Buffer.from(head, 'utf8'), body]);
}

export const envelopeOf = (key: SigningKey, type: string, body: Uint8Array): Envelope => ({
  payload: base64Of(body),
  payloadType: type,
  signatures: [{ keyid: key.actor, sig: base64Of(key.sign(pae(type, body))) }],
});

/**
 * The tag at the end of a command id, for ledgers that have a nonce (rules 2 and later):
 *
 *   <name>:<first 8 hex digits of the ledger's nonce>            an operator's command
 *   <name>:<first 8 hex digits of the ledger's nonce>-<anchor>   everybody else's
 *
 * The nonce keeps a fact signed for one ledger out of every other one, whatever their names and keys.
 * The anchor is a number of entries that the ledger had reached when the author signed: the command
 * may be recorded only within `COMMAND_HORIZON` entries after it, so ids need to be remembered no
 * longer than that and are still used once for ever.
 */
import { sha256 } from './digest.ts';
import type { CommandId } from './ids.ts';

/** Entries after its anchor in which a command may be recorded. */
export const COMMAND_HORIZON = 65_536;
/** Anchors are rounded down to this, so that a repeated command of one name mostly is the same bytes. */
export const ANCHOR_STEP = 4096;

export const COMMAND_ID_CHARACTERS_MAX = 112;
const NONCE_DIGITS = 8;
const NAME_KEPT = 32;
const NAME_DIGEST_DIGITS = 32;

export interface CommandTag {
  /** The beginning of the nonce of the ledger that the command is for. */
  readonly nonce: string;
  /** Null: of an operator, remembered for ever. */
  readonly anchor: number | null;
}

/** Null when the id ends in no tag. */
export function tagOf(id: string): CommandTag | null {
  const colon = id.lastIndexOf(':');
  if (colon < 1) return null;
  const dash = id.indexOf('-', colon);
  const nonce = id.slice(colon + 1, dash < 0 ? undefined : dash);
  if (!/^[0-9a-f]{8}$/.test(nonce)) return null;
  if (dash < 0) return { nonce, anchor: null };
  const digits = id.slice(dash + 1);
  if (!/^(0|[1-9]\d{0,15})$/.test(digits)) return null;
  return { nonce, anchor: Number(digits) };
}

/** Whether the id of a recorded command has an anchor; cheap, and right for ids that were admitted. */
export function isAnchored(id: string): boolean {
  const colon = id.lastIndexOf(':');
  return colon > 0 && id.indexOf('-', colon) > 0;
}

export const nonceTag = (nonce: string): string => nonce.slice(0, NONCE_DIGITS);

/** @param ledgerSize entries that the author knows of; null for a command that is remembered for ever */
export function tagged(name: string, nonce: string, ledgerSize: number | null): CommandId {
  const anchor =
    ledgerSize === null ? '' : `-${Math.floor(ledgerSize / ANCHOR_STEP) * ANCHOR_STEP}`;
  const tag = `:${nonceTag(nonce)}${anchor}`;
  return `${shortened(name, COMMAND_ID_CHARACTERS_MAX - tag.length)}${tag}` as CommandId;
}

/** A name too long is cut and told apart by its digest. */
function shortened(name: string, charactersMax: number): string {
  if (name.length <= charactersMax) return name;
  const digest = Buffer.from(sha256(Buffer.from(name, 'utf8'))).toString('hex');
  return `${name.slice(0, NAME_KEPT)}-${digest.slice(0, NAME_DIGEST_DIGITS)}`;
}

/** One entry taken apart, with what it came from and what came of it. */
import { noteNames } from './actor-names.ts';
import { decodeEvent } from '../../events/decode-event.ts';
import type { LedgerEvent } from '../../events/catalogue.ts';
import { catalogue } from '../../events/catalogue.ts';
import { leafHash } from '../../events/merkle.ts';
import { verifyEntrySignature } from '../../events/statement.ts';
import { Fault } from '../../commands/ports/fault.ts';
import type { AppliedPolicy } from '../../roles/explain/policy-trail.ts';
import { PolicyTrail } from '../../roles/explain/policy-trail.ts';
import { groundsOf } from '../../roles/explain/references.ts';
import { attributesSchema } from '../../events/entry-attributes.ts';
import {
  anything,
  count,
  many,
  members,
  orNull,
  shape,
  string,
  words,
} from '../../explorer/api/shape.ts';
import type { Shape } from '../../explorer/api/shape.ts';
import type { Output } from '../terminal/declared-output.ts';
import { column } from '../terminal/declared-output.ts';
import { colour, facts } from '../terminal/output.ts';
import type { Source } from './source.ts';

/** Another entry, as a pointer. */
export interface EntryLink {
  readonly sequence: number;
  readonly type: string;
  readonly subject: string;
}

export interface EntryView extends EntryLink {
  readonly time: string;
  readonly actor: string;
  /** Of the actor, when it was admitted or is the authority or operator. */
  readonly name: string | null;
  /** What the fact's type means. */
  readonly doc: string;
  /** `absent`: the authority's own derivation, vouched for by its checkpoints. */
  readonly signature: 'valid' | 'invalid' | 'absent';
  /** Base64 of SHA-256(0x00 || line). */
  readonly leafHash: string;
  readonly sizeBytes: number;
  readonly commandid: string;
  /** Revision of the policy that decided it, and the entry that brought it into force; null before any. */
  readonly policy: { readonly revision: number; readonly sequence: number } | null;
  /** The command's own entry; null when this is it. */
  readonly causedBy: EntryLink | null;
  /** Entries of the same command that follow this one, if this is the command's own. */
  readonly caused: readonly EntryLink[];
  /** Entries that its data names as grounds. */
  readonly restsOn: readonly EntryLink[];
  /** Later entries that name this one as their ground. */
  readonly groundOf: readonly EntryLink[];
  readonly data: unknown;
  /** The stored line. */
  readonly line: string;
}

const linkShape: Shape<EntryLink> = members({ sequence: count, type: string, subject: string });

const viewShape: Shape<EntryView> = members({
  sequence: count,
  type: string,
  subject: string,
  time: string,
  actor: string,
  name: orNull(string),
  doc: string,
  signature: words('valid', 'invalid', 'absent'),
  leafHash: string,
  sizeBytes: count,
  commandid: string,
  policy: orNull(members({ revision: count, sequence: count })),
  causedBy: orNull(linkShape),
  caused: many(linkShape),
  restsOn: many(linkShape),
  groundOf: many(linkShape),
  data: anything,
  line: string,
});

/** As it is stored. */
export const storedEntry = shape<unknown>(attributesSchema);

export const entryOutput: Output<EntryView, EntryView> = {
  doc: 'An entry with what it came from and what came of it; as a line, the entry as it is stored.',
  shape: viewShape,
  rowShape: storedEntry as Shape<EntryView>,
  rows: (view) => [view],
  columns: [
    column('sequence', ({ sequence }) => sequence),
    column('time (UTC)', ({ time }) => time),
    column('by', ({ name, actor }) => name ?? actor),
    column('fact', ({ type }) => type),
    column('subject', ({ subject }) => subject),
    column('signature', ({ signature }) => signature),
    column('leaf hash', ({ leafHash: hash }) => hash),
  ],
};

/** Reads the ledger twice: what links to the entry is known once the entry is, and nothing else is kept. */
export async function entryView(source: Source, sequence: number): Promise<EntryView> {
  const line = await lineAt(source, sequence);
  const event = decoded(line, sequence);
  const grounds = new Set(groundsOf(event));
  const names = new Map<string, string>();
  const policies = new PolicyTrail(new Set([sequence, ...grounds]));
  const links: Links = { cause: null, caused: [], restsOn: [], groundOf: [] };
  let at = 0;
  for await (const { lines } of source.chunks())
    for (const one of lines) {
      const other = decoded(one, at);
      noteNames(names, other);
      policies.observe(other);
      if (other.id === event.causationid) links.cause = linkOf(other);
      if (grounds.has(at)) links.restsOn.push(linkOf(other));
      if (at > sequence && other.causationid === event.id) links.caused.push(linkOf(other));
      if (at > sequence && groundsOf(other).includes(sequence)) links.groundOf.push(linkOf(other));
      at += 1;
    }
  return viewOf(event, line, links, names.get(event.actor) ?? null, policies.at(sequence));
}

interface Links {
  cause: EntryLink | null;
  readonly caused: EntryLink[];
  readonly restsOn: EntryLink[];
  readonly groundOf: EntryLink[];
}

async function lineAt(source: Source, sequence: number): Promise<Uint8Array> {
  let before = 0;
  for await (const { lines } of source.chunks()) {
    const line = lines[sequence - before];
    if (line !== undefined) return new Uint8Array(line);
    before += lines.length;
  }
  throw new Error(`invariant: entry ${sequence} is below the size`);
}

function decoded(line: Uint8Array, sequence: number): LedgerEvent {
  const event = decodeEvent(line);
  if (event._tag === 'Right') return event.right;
  throw new Fault('log_corrupt', `Entry ${sequence}: ${event.left.message}`, { retryable: false });
}

const linkOf = ({ sequence, type, subject }: LedgerEvent): EntryLink => ({
  sequence,
  type,
  subject,
});

function viewOf(
  event: LedgerEvent,
  line: Uint8Array,
  { cause, caused, restsOn, groundOf }: Links,
  name: string | null,
  applied: AppliedPolicy | null,
): EntryView {
  return {
    ...linkOf(event),
    time: event.time,
    actor: event.actor,
    name,
    doc: catalogue.get(event.type)?.doc ?? '',
    signature:
      event.sig === undefined
        ? 'absent'
        : verifyEntrySignature(event as never)
          ? 'valid'
          : 'invalid',
    leafHash: Buffer.from(leafHash(line)).toString('base64'),
    sizeBytes: line.byteLength,
    commandid: event.commandid,
    policy:
      applied === null ? null : { revision: applied.policy.revision, sequence: applied.sequence },
    causedBy: cause,
    caused,
    restsOn,
    groundOf,
    data: event.data,
    line: Buffer.from(line).toString('utf8'),
  };
}

const LINKS_MAX = 12;

export function entryText(view: EntryView): string {
  const { sequence, type, doc, name, actor } = view;
  const who = name === null ? actor : `${name} ${colour.dim(actor)}`;
  const rows: [string, string][] = [
    ['subject', view.subject],
    ['time', view.time],
    ['by', who],
    ['signature', signatureText(view)],
    ['command', view.commandid],
    ['policy', policyText(view)],
    ['leaf hash', `${view.leafHash} ${colour.dim(`(${view.sizeBytes} bytes)`)}`],
    ...linkRows('caused by', view.causedBy === null ? [] : [view.causedBy]),
    ...linkRows('caused', view.caused),
    ...linkRows('rests on', view.restsOn),
    ...linkRows('ground of', view.groundOf),
  ];
  const title = `${colour.bold(`#${sequence} ${type}`)}\n${doc}`;
  return `${title}\n\n${facts(rows)}\n\n${JSON.stringify(view.data, null, 2)}`;
}

const policyText = ({ policy }: EntryView): string =>
  policy === null ? 'none yet' : `revision ${policy.revision}, in force since #${policy.sequence}`;

function signatureText({ signature, causedBy }: EntryView): string {
  if (signature === 'valid') return colour.green('verifies');
  if (signature === 'invalid') return colour.red('DOES NOT VERIFY');
  const from = causedBy === null ? '' : ` from #${causedBy.sequence}`;
  return `none of its own: derived${from} by rule, vouched for by the authority's checkpoints`;
}

function linkRows(name: string, links: readonly EntryLink[]): [string, string][] {
  const rows = links
    .slice(0, LINKS_MAX)
    .map(({ sequence, type, subject }, i): [string, string] => [
      i === 0 ? name : '',
      `#${sequence} ${type.replace(/^daybook\./, '')} ${colour.dim(subject)}`,
    ]);
  if (links.length > LINKS_MAX) rows.push(['', `and ${links.length - LINKS_MAX} more`]);
  return rows;
}

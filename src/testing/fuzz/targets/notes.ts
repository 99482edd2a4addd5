/**
 * Signed notes and what is built of them: verifier keys, checkpoints, proofs, fork evidence. Signed
 * ones are accepted only for what their signer signed, however the text around it was damaged.
 */
import * as E from 'fp-ts/lib/Either.js';
import { base64Of } from '../../../events/base64.ts';
import { parseCheckpoint, verifyCheckpoint } from '../../../events/checkpoint.ts';
import type { Checkpoint, ParsedCheckpoint } from '../../../events/checkpoint.ts';
import { parseNote, parseVerifierKey, verifierKeyOf, verifyNote } from '../../../events/note.ts';
import type { Note, NoteSignature, VerifierKey } from '../../../events/note.ts';
import {
  formatInclusionProof,
  parseInclusionProof,
  verifyInclusionProof,
} from '../../../events/proof-text.ts';
import { formatFork, verifyFork } from '../../../events/fork-evidence.ts';
import {
  formatPrefixProof,
  parsePrefixProof,
  verifyPrefixProof,
} from '../../../events/prefix-proof.ts';
import { proveInclusion, provePrefixes, signedTree } from '../../../roles/proofs/signed-tree.ts';
import { keyNamed } from '../../desk.ts';
import {
  ndjsonOf,
  ORIGIN,
  rootOf,
  signedHead,
  storyLines,
  verifierKey,
} from '../../signed-story.ts';
import { editLines } from '../line-edits.ts';
import { bytesOfText, feedRoundTrip, looseText, promise } from '../target.ts';
import type { FuzzTarget } from '../target.ts';

const SIZES = [0, 1, 2, 3, 7, 8, 20];
const begin = (size: number) => storyLines.slice(0, size);
const heads = SIZES.map((size) => signedHead(begin(size)));
const roots = new Map(SIZES.map((size) => [size, base64Of(rootOf(begin(size)))]));
const samplesOf = (texts: readonly string[]): Uint8Array[] => texts.map(bytesOfText);

const tree = signedTree(ndjsonOf(begin(20)), heads[6] as string);
if (E.isLeft(tree)) throw new Error(tree.left.message);
const inclusions = [0, 1, 7, 19].map((index) => proveInclusion(tree.right, index));
const prefixes = [[9], [3, 8], [1, 2, 7, 20]].map((sizes) => provePrefixes(tree.right, sizes));

/** No signer of this story ever signed two logs, so this is evidence of nothing. */
const accusations = [1, 2, 7, 8].map((size) =>
  formatFork(provePrefixes(tree.right, [size]), signedHead(begin(size))),
);
const other = [...begin(6), Buffer.from('{"another":"entry"}')];
const forked = signedHead(other);
const evidence = formatFork(provePrefixes(tree.right, [7]), forked);

const valueOf = <T>(decoded: E.Either<unknown, T>): T | undefined =>
  E.isRight(decoded) ? decoded.right : undefined;

const signatureLines = (signatures: readonly NoteSignature[]): string =>
  signatures
    .map(({ name, keyId, signature }) => {
      const bytes = Buffer.concat([Buffer.from(keyId, 'hex'), signature]);
      return `\u2014 ${name} ${base64Of(bytes)}\n`;
    })
    .join('');
const formatNote = (note: Note): string => `${note.text}\n${signatureLines(note.signatures)}`;
const formatParsed = (head: ParsedCheckpoint): string => {
  const lines = [head.origin, String(head.size), base64Of(head.root), ...head.extensions];
  return `${lines.join('\n')}\n\n${signatureLines(head.signatures)}`;
};

/** A feed over text whose acceptance must be of something true. */
const feedClaim =
  <T>(verify: (text: string) => E.Either<unknown, T>, isTrue: (claim: T) => boolean) =>
  (input: Uint8Array): boolean => {
    const claim = verify(looseText(input));
    if (E.isLeft(claim)) return false;
    promise(isTrue(claim.right), 'it verifies what its signer never signed');
    return true;
  };
const isHead = ({ origin, size, root }: Checkpoint): boolean =>
  origin === ORIGIN && roots.get(size) === base64Of(root);
const signedTexts = new Set(heads.map((note) => valueOf(parseNote(note))?.text));
const entry = storyLines[7] as Uint8Array;
const textTrip = <T>(
  decode: (text: string) => E.Either<unknown, T>,
  encode: (value: T) => string,
  textOf = looseText,
) =>
  feedRoundTrip<T>({
    decode: (input) => valueOf(decode(textOf(input))),
    encode: (value) => bytesOfText(encode(value)),
  });
/** Proofs carry their checkpoint verbatim, unread until it is verified: text as files give it. */
const fileText = (input: Uint8Array): string => Buffer.from(input).toString('utf8');

const keys = ['authority', 'operator', 'worker'].map((name) =>
  verifierKeyOf(`daybook.local/${name}`, keyNamed(name).actor),
);

export const noteTargets: readonly FuzzTarget[] = [
  {
    name: 'note',
    samples: samplesOf(heads),
    edits: [editLines],
    feed: textTrip<Note>(parseNote, formatNote),
  },
  {
    name: 'verifier-key',
    samples: samplesOf(keys),
    edits: [editLines],
    feed: textTrip<VerifierKey>(parseVerifierKey, ({ name, actor }) => verifierKeyOf(name, actor)),
  },
  {
    name: 'checkpoint',
    samples: samplesOf(heads),
    edits: [editLines],
    feed: textTrip<ParsedCheckpoint>(parseCheckpoint, formatParsed),
  },
  {
    name: 'inclusion-proof',
    samples: samplesOf(inclusions),
    edits: [editLines],
    feed: textTrip(parseInclusionProof, formatInclusionProof, fileText),
  },
  {
    name: 'prefix-proof',
    samples: samplesOf(prefixes),
    edits: [editLines],
    feed: textTrip(parsePrefixProof, formatPrefixProof, fileText),
  },
  {
    name: 'note-signature',
    samples: samplesOf(heads),
    edits: [editLines],
    feed: feedClaim(
      (text) => verifyNote(verifierKey, text),
      ({ text }) => signedTexts.has(text),
    ),
  },
  {
    name: 'checkpoint-signature',
    samples: samplesOf(heads),
    edits: [editLines],
    feed: feedClaim((text) => verifyCheckpoint(verifierKey, text), isHead),
  },
  {
    name: 'inclusion-claim',
    samples: samplesOf(inclusions),
    edits: [editLines],
    feed: feedClaim(
      (text) => verifyInclusionProof(verifierKey, entry, text),
      ({ index, checkpoint }) => index === 7 && isHead(checkpoint),
    ),
  },
  {
    name: 'prefix-claim',
    samples: samplesOf(prefixes),
    edits: [editLines],
    feed: feedClaim(
      (text) => verifyPrefixProof(verifierKey, text),
      (proven) =>
        isHead(proven.checkpoint) &&
        proven.prefixes.every(({ size, root }) => base64Of(root) === base64Of(rootOf(begin(size)))),
    ),
  },
  {
    name: 'fork-accusation',
    samples: samplesOf([...accusations, ...prefixes, ...heads]),
    edits: [editLines],
    feed: feedClaim(
      (text) => verifyFork(verifierKey, text),
      () => false,
    ),
  },
  {
    name: 'fork-evidence',
    samples: samplesOf([evidence]),
    edits: [editLines],
    feed: feedClaim(
      (text) => verifyFork(verifierKey, text),
      (fork) => isHead(fork.head) && base64Of(fork.other.root) === base64Of(rootOf(other)),
    ),
  },
];

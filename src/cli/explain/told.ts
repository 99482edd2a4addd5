/** An explanation on a terminal. */
import type {
  Block,
  Line,
  Part,
  Piece,
  Telling,
  Tone,
} from '../../roles/explain/telling/telling.ts';
import { colour, facts, table } from '../terminal/output.ts';

const PAINT: Readonly<Record<Tone, (text: string) => string>> = {
  good: colour.green,
  bad: colour.red,
  warn: colour.yellow,
  quiet: colour.dim,
  strong: colour.bold,
};

export const toldText = ({ title, parts }: Telling): string =>
  [lineText(title), ...parts.map(partText)].join('\n\n');

function partText({ heading, blocks }: Part): string {
  const below = blocks.map(blockText).join('\n\n');
  return heading === null ? below : `${colour.bold(heading)}\n${below}`;
}

function blockText(block: Block): string {
  if ('text' in block) return lineText(block.text);
  return 'facts' in block
    ? facts(block.facts.map(({ name, value }) => [name, lineText(value)]))
    : table(
        block.head,
        block.rows.map((row) => row.map(lineText)),
      );
}

const lineText = (line: Line): string => line.map(pieceText).join('');

function pieceText(piece: Piece): string {
  if (typeof piece === 'string') return piece;
  if ('tone' in piece) return PAINT[piece.tone](piece.text);
  if ('entry' in piece) return colour.cyan(`#${piece.entry}`);
  if ('party' in piece)
    return piece.isAsked === true ? colour.bold(piece.party.name) : piece.party.name;
  if ('why' in piece) return piece.text ?? piece.of;
  return piece.shown === undefined
    ? piece.digest
    : piece.digest.replace('sha256:', '').slice(0, piece.shown);
}

/**
 * A table as a Parquet file: `integer` is INT64, `amount` DECIMAL(38,0) in 16 bytes, `time`
 * TIMESTAMP_MILLIS (UTC), `text` UTF8, `json` JSON. The file says nothing of when or where it was
 * made, so the same table gives the same bytes.
 */
import { left, right } from 'fp-ts/lib/Either.js';
import type { Either } from 'fp-ts/lib/Either.js';
import { parquetWriteBuffer } from 'hyparquet-writer';
import type { ExportRefusal } from '../refusal.ts';
import type { Cell, Filled, Kind } from './table.ts';

/** What Parquet readers agree on for decimals. */
const PRECISION = 38;
const AMOUNT_END = 10n ** BigInt(PRECISION);

type Element = NonNullable<Parameters<typeof parquetWriteBuffer>[0]['schema']>[number];

const ELEMENTS: { readonly [kind in Kind]: Partial<Element> } = {
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  json: { type: 'BYTE_ARRAY', converted_type: 'JSON' },
  integer: { type: 'INT64' },
  amount: {
    type: 'FIXED_LEN_BYTE_ARRAY',
    type_length: 16,
    converted_type: 'DECIMAL',
    scale: 0,
    precision: PRECISION,
  },
  time: { type: 'INT64', converted_type: 'TIMESTAMP_MILLIS' },
  flag: { type: 'BOOLEAN' },
};

/** A sum of amounts of 38 digits may have one more: no column of decimals holds it. */
export function parquetOf({ name, columns, rows }: Filled): Either<ExportRefusal, Uint8Array> {
  for (const [at, column] of columns.entries()) {
    if (column.kind !== 'amount') continue;
    const wide = rows.find((row) => isTooWide(row[at] as bigint | null));
    if (wide !== undefined) {
      const message = `${name}.${column.name} has ${String(wide[at])}, over ${PRECISION} digits`;
      return left({ code: 'amount_too_wide', message });
    }
  }
  const columnData = columns.map((column, at) => ({
    name: column.name,
    data: rows.map((row) => valueOf(row[at] ?? null, column.kind)),
  }));
  const schema = columns.map((column): Element => ({
    name: column.name,
    repetition_type: 'OPTIONAL',
    ...ELEMENTS[column.kind],
  }));
  const buffer = parquetWriteBuffer({
    columnData,
    schema: [{ name: 'root', num_children: columns.length }, ...schema],
    createdBy: 'daybook',
    kvMetadata: columns.map((column) => ({ key: `doc.${column.name}`, value: column.doc })),
  });
  return right(new Uint8Array(buffer));
}

const isTooWide = (value: bigint | null): boolean =>
  value !== null && (value >= AMOUNT_END || value <= -AMOUNT_END);

function valueOf(cell: Cell, kind: Kind): unknown {
  if (cell === null) return null;
  if (kind === 'integer' || kind === 'time') return BigInt(cell as number);
  // The writer prints JSON itself.
  return kind === 'json' ? (JSON.parse(cell as string) as unknown) : cell;
}

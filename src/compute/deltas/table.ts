/**
 * The tensors of an encoded delta: `[["<name>",[<dimensions>]],...]`, names ascending in UTF-8 byte
 * order, as in a safetensors file of f32. Everything that an encoding stores follows in this order.
 */
import { compareUtf8 } from '../tensors/safetensors-layout.ts';
import { elementCount } from '../tensors/tensor.ts';
import type { Shape, Tensors } from '../tensors/tensor.ts';
import { DeltaError } from './delta-error.ts';

export type Table = ReadonlyMap<string, Shape>;

/** Of tensors in any order. */
export function inNameOrder(tensors: Tensors): Tensors {
  return new Map([...tensors].sort(([a], [b]) => compareUtf8(a, b)));
}

export function tableOf(tensors: Tensors): Table {
  return new Map([...tensors].map(([name, { shape }]) => [name, shape]));
}

export function printTable(table: Table): string {
  return JSON.stringify([...table]);
}

/** Throws DeltaError `table_invalid`, or `delta_too_large` beyond `elementsMax` elements in all. */
export function parseTable(text: string, elementsMax: number): Table {
  const rows = parsed(text);
  if (!Array.isArray(rows)) throw invalid('it is not a list');
  const table = new Map<string, Shape>();
  let [last, elements]: [string | null, number] = [null, 0];
  for (const row of rows as unknown[]) {
    const [name, shape] = parseRow(row);
    if (last !== null && compareUtf8(last, name) >= 0) throw invalid('names do not ascend');
    last = name;
    elements += elementsOf(shape);
    if (elements > elementsMax) {
      throw new DeltaError('delta_too_large', `more than ${elementsMax} elements`);
    }
    table.set(name, shape);
  }
  return table;
}

function parseRow(row: unknown): [string, Shape] {
  if (!Array.isArray(row) || row.length !== 2) throw invalid('a row is not a name and a shape');
  const [name, shape] = row as unknown[];
  if (typeof name !== 'string' || name === '__metadata__') throw invalid('a name is none');
  if (!Array.isArray(shape)) throw invalid('a shape is not a list');
  for (const size of shape as unknown[]) {
    if (!Number.isSafeInteger(size) || (size as number) < 0) throw invalid('a size is none');
  }
  return [name, shape as number[]];
}

function elementsOf(shape: Shape): number {
  const count = elementCount(shape);
  if (!Number.isSafeInteger(4 * count)) throw invalid('a shape has more than 2^53 bytes');
  return count;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid('it is not JSON');
  }
}

function invalid(what: string): DeltaError {
  return new DeltaError('table_invalid', `table of tensors: ${what}`);
}

/**
 * The tensors of an encoded delta: `[["<name>",[<dimensions>]],...]`, names ascending in UTF-8 byte
 * order, as in a safetensors file of f32. Everything that an encoding stores follows in this order.
 */
import { compareUtf8 } from '../tensors/safetensors-layout.ts';
import type { Shape, Tensors } from '../tensors/tensor.ts';

/** In name order. */
export type Table = ReadonlyMap<string, Shape>;

export function inNameOrder<T>(byName: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  return new Map([...byName].sort(([a], [b]) => compareUtf8(a, b)));
}

export function tableOf(tensors: Tensors): Table {
  return new Map([...tensors].map(([name, { shape }]) => [name, shape]));
}

export function printTable(table: Table): string {
  return JSON.stringify([...table]);
}

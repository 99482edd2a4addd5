/**
 * Named tensors as JSON that people and any language can read:
 *
 *   {"<name>":{"shape":[2,3],"data":[0.1,-0,1e-7,...]},...}
 *
 * Data are row-major. The writer makes one text per set of tensors: no spaces, names in UTF-8 byte
 * order, every value as its shortest decimal (decimal.ts), so a file read and written again is the
 * same to the bit. The reader takes any spacing, order and decimals, a value being the f32 nearest
 * to the f64 nearest to it, and treats the text as hostile: what it allocates is linear in the text.
 */
import { decimalOf } from './decimal.ts';
import { elements, expectEnd, members, parseSizes, parseToken, quoted } from './json-scanner.ts';
import type { Scanner } from './json-scanner.ts';
import { compareUtf8 } from './safetensors-layout.ts';
import { elementCount } from './tensor.ts';
import type { Tensor, Tensors } from './tensor.ts';

export type StateDictErrorCode =
  | 'not_json' // not one JSON object in the shape of the format, or text after it
  | 'name_duplicate'
  | 'tensor_entry_invalid' // shape or data missing, doubled or beside something else
  | 'size_mismatch' // the shape does not multiply to the number of values
  | 'value_not_finite'; // NaN or infinity, which JSON has not, or a number that f32 has not

export class StateDictError extends Error {
  override readonly name = 'StateDictError';
  readonly code: StateDictErrorCode;

  constructor(code: StateDictErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;

/** Throws StateDictError `value_not_finite`. */
export function writeStateDictJson(tensors: Tensors): string {
  const sorted = [...tensors].sort(([a], [b]) => compareUtf8(a, b));
  const entries = sorted.map(([name, { shape, data }]) => {
    const values = Array.from(data, (value) => {
      if (Number.isFinite(value)) return decimalOf(value);
      throw new StateDictError('value_not_finite', `tensor ${quoted(name)} holds ${value}`);
    });
    return `${JSON.stringify(name)}:{"shape":[${shape.join(',')}],"data":[${values.join(',')}]}`;
  });
  return `{${entries.join(',')}}`;
}

/** The tensors in the order of the text. Throws StateDictError. */
export function readStateDictJson(text: string): Tensors {
  const scanner: Scanner = {
    text,
    at: 0,
    error: (at, wanted) =>
      new StateDictError('not_json', `character ${at} of the state dict: expected ${wanted}`),
  };
  const tensors = new Map<string, Tensor>();
  members(scanner, (name) => {
    if (tensors.has(name)) {
      throw new StateDictError('name_duplicate', `two tensors are named ${quoted(name)}`);
    }
    tensors.set(name, parseTensor(scanner, name));
  });
  expectEnd(scanner);
  return tensors;
}

function parseTensor(scanner: Scanner, name: string): Tensor {
  const fail = (code: StateDictErrorCode, what: string): StateDictError =>
    new StateDictError(code, `tensor ${quoted(name)}: ${what}`);
  let shape: number[] | undefined;
  let values: number[] | undefined;
  members(scanner, (key) => {
    if (key === 'shape' && shape === undefined) shape = parseSizes(scanner);
    else if (key === 'data' && values === undefined) values = parseValues(scanner, fail);
    else throw fail('tensor_entry_invalid', `the member ${quoted(key)} is unknown or doubled`);
  });
  if (shape === undefined || values === undefined) {
    throw fail('tensor_entry_invalid', 'shape and data must both be there');
  }
  if (elementCount(shape) !== values.length) {
    throw fail('size_mismatch', `${values.length} values do not fill its shape`);
  }
  return { shape, data: Float32Array.from(values) };
}

function parseValues(
  scanner: Scanner,
  fail: (code: StateDictErrorCode, what: string) => StateDictError,
): number[] {
  const values: number[] = [];
  elements(scanner, () => {
    const value = Math.fround(Number(parseToken(scanner, NUMBER, 'a number')));
    if (!Number.isFinite(value)) throw fail('value_not_finite', 'a number beyond f32');
    values.push(value);
  });
  return values;
}

/** GGUF files piece by piece, for tests: right ones and, because nothing is checked, wrong ones. */
export interface GgufTensor {
  readonly name: string;
  /** Innermost first. */
  readonly sizes: readonly (number | bigint)[];
  readonly type: number;
  readonly offset: number | bigint;
}

export interface GgufParts {
  readonly version?: number;
  readonly tensorCount?: number | bigint;
  readonly pairCount?: number | bigint;
  /** Key, number of the type, bytes of the value. */
  readonly pairs?: readonly (readonly [key: string, type: number, value: Uint8Array])[];
  readonly tensors?: readonly GgufTensor[];
  readonly alignment?: number;
  readonly data?: Uint8Array;
}

export const u32 = (value: number): Uint8Array => {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
};

export const u64 = (value: number | bigint): Uint8Array => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true);
  return bytes;
};

export const ggufText = (text: string): Uint8Array => {
  const bytes = Buffer.from(text);
  return Buffer.concat([u64(bytes.length), bytes]);
};

export const ggufArray = (type: number, values: readonly Uint8Array[]): Uint8Array =>
  Buffer.concat([u32(type), u64(values.length), ...values]);

export function ggufBytes(parts: GgufParts): Uint8Array {
  const { version = 3, pairs = [], tensors = [], alignment = 32, data = new Uint8Array(0) } = parts;
  const head = Buffer.concat([
    Buffer.from('GGUF'),
    u32(version),
    u64(parts.tensorCount ?? tensors.length),
    u64(parts.pairCount ?? pairs.length),
    ...pairs.map(([key, type, value]) => Buffer.concat([ggufText(key), u32(type), value])),
    ...tensors.map(({ name, sizes, type, offset }) =>
      Buffer.concat([ggufText(name), u32(sizes.length), ...sizes.map(u64), u32(type), u64(offset)]),
    ),
  ]);
  const padding = new Uint8Array((alignment - (head.length % alignment)) % alignment);
  return Buffer.concat([head, padding, data]);
}

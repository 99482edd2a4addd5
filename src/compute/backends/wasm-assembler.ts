/**
 * A small WebAssembly assembler: just the instructions that the kernels use, as bytes.
 * An instruction is a list of bytes whose operands come before it, so nested calls read like
 * S-expressions and concatenation is sequencing: set(x, i32.add(get(x), i32.const(4))).
 * Only baseline SIMD128 is offered: no relaxed instruction whose bits an engine may choose.
 * Encoding: WebAssembly 2.0, binary format; instruction names follow its text format.
 */
export type Instruction = readonly number[];
export type ValueType = 'i32' | 'f32' | 'f64' | 'v128';
/** Index of a parameter or local of the function it was taken from. */
export type Local = number & { readonly __local: unique symbol };
export type FunctionIndex = number & { readonly __function: unique symbol };

const VALUE_TYPE = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;
const VOID = 0x40;
const MAGIC_AND_VERSION: Instruction = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/** LEB128, unsigned. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = rest & 0x7f;
    rest >>>= 7;
    if (rest === 0) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}

/** LEB128, signed. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)) {
      return [...bytes, low];
    }
    bytes.push(low | 0x80);
  }
}

const vector = (items: readonly Instruction[]): Instruction => [
  ...unsigned(items.length),
  ...items.flat(),
];
const text = (name: string): Instruction => {
  const bytes = [...new TextEncoder().encode(name)];
  return [...unsigned(bytes.length), ...bytes];
};
const section = (id: number, content: Instruction): Instruction => [
  id,
  ...unsigned(content.length),
  ...content,
];

export const seq = (...parts: readonly Instruction[]): Instruction => parts.flat();
export const get = (local: Local): Instruction => [0x20, ...unsigned(local)];
export const set = (local: Local, value: Instruction): Instruction => [
  ...value,
  0x21,
  ...unsigned(local),
];
export const call = (target: FunctionIndex, ...operands: readonly Instruction[]): Instruction => [
  ...operands.flat(),
  0x10,
  ...unsigned(target),
];

/** The alignment is only a hint: 0, so that a view may start at any float. */
const memarg = (offset: number): Instruction => [0, ...unsigned(offset)];
export const binary =
  (...opcode: number[]) =>
  (left: Instruction, right: Instruction): Instruction => [...left, ...right, ...opcode];
export const load =
  (...opcode: number[]) =>
  (address: Instruction, offset = 0): Instruction => [...address, ...opcode, ...memarg(offset)];
export const store =
  (...opcode: number[]) =>
  (address: Instruction, value: Instruction, offset = 0): Instruction => [
    ...address,
    ...value,
    ...opcode,
    ...memarg(offset),
  ];
/** The SIMD prefix and its LEB128 opcode. */
export const simd = (opcode: number): number[] => [0xfd, ...unsigned(opcode)];

export const i32 = {
  const: (value: number): Instruction => [0x41, ...signed(value)],
  add: binary(0x6a),
  sub: binary(0x6b),
  mul: binary(0x6c),
  /** Of unsigned words. */
  div: binary(0x6e),
  rem: binary(0x70),
  and: binary(0x71),
  shl: binary(0x74),
  lt: binary(0x48),
  gt: binary(0x4a),
  ge: binary(0x4e),
  load: load(0x28),
  load16: load(0x2f),
  eqz: (value: Instruction): Instruction => [...value, 0x45],
  or: binary(0x72),
  /** `then` where the condition is not 0; both sides are evaluated. */
  select: (then: Instruction, otherwise: Instruction, condition: Instruction): Instruction => [
    ...then,
    ...otherwise,
    ...condition,
    0x1b,
  ],
};

export const f32 = {
  const: (value: number): Instruction => [
    0x43,
    ...new Uint8Array(new Float32Array([value]).buffer),
  ],
  load: load(0x2a),
  store: store(0x38),
  add: binary(0x92),
};

export const v128 = {
  load: load(...simd(0x00)),
  load32Splat: load(...simd(0x09)),
  store: store(...simd(0x0b)),
  /** Four equal 32-bit lanes. */
  splatConst: (lane: number): Instruction => {
    const bytes = [...new Uint8Array(new Uint32Array([lane]).buffer)];
    return [...simd(0x0c), ...bytes, ...bytes, ...bytes, ...bytes];
  },
  /** Bits of `ones` where the mask is 1, of `zeros` where it is 0. */
  bitselect: (ones: Instruction, zeros: Instruction, mask: Instruction): Instruction => [
    ...ones,
    ...zeros,
    ...mask,
    ...simd(0x52),
  ],
  /** Four 32-bit lanes picked from the eight of left, right. */
  shuffle32: (left: Instruction, right: Instruction, lanes: readonly number[]): Instruction => [
    ...left,
    ...right,
    ...simd(0x0d),
    ...lanes.flatMap((lane) => [lane * 4, lane * 4 + 1, lane * 4 + 2, lane * 4 + 3]),
  ],
};

export const f32x4 = {
  eq: binary(...simd(0x41)),
  add: binary(...simd(0xe4)),
  mul: binary(...simd(0xe6)),
};

export const when = (condition: Instruction, then: Instruction, otherwise?: Instruction) => [
  ...condition,
  0x04,
  VOID,
  ...then,
  ...(otherwise === undefined ? [] : [0x05, ...otherwise]),
  0x0b,
];

/** Repeats the body while the condition, tested first, holds. */
export const loopWhile = (condition: Instruction, body: Instruction): Instruction =>
  when(condition, [0x03, VOID, ...body, ...condition, 0x0d, 0, 0x0b]);

/** for (local = from; local < to; local += step) body; `to` must not change inside. */
export const loopRange = (
  local: Local,
  from: Instruction,
  to: Instruction,
  step: Instruction,
  body: Instruction,
): Instruction =>
  seq(
    set(local, from),
    loopWhile(i32.lt(get(local), to), seq(body, set(local, i32.add(get(local), step)))),
  );

/** The locals of one function while its body is being written. */
export interface Frame {
  /** A fresh local, 0 on entry. */
  local(type: ValueType): Local;
  locals(type: ValueType, count: number): readonly Local[];
}

interface AssembledFunction {
  readonly paramCount: number;
  readonly code: Instruction;
  readonly exportName: string | undefined;
}

/** A module over one imported shared memory ("env"."memory"); functions take i32s, return none. */
export class WasmModule {
  readonly #functions: AssembledFunction[] = [];

  /** Defines a function; `body` receives its parameters as locals, in order. */
  func(
    paramCount: number,
    body: (params: readonly Local[], frame: Frame) => Instruction,
    exportName?: string,
  ): FunctionIndex {
    const types: ValueType[] = [];
    const local = (type: ValueType): Local => (paramCount + types.push(type) - 1) as Local;
    const frame: Frame = {
      local,
      locals: (type, count) => Array.from({ length: count }, () => local(type)),
    };
    const params = Array.from({ length: paramCount }, (_, index) => index as Local);
    const instructions = body(params, frame);
    const code = seq(vector(types.map((type) => [1, VALUE_TYPE[type]])), instructions, [0x0b]);
    this.#functions.push({ paramCount, code, exportName });
    return (this.#functions.length - 1) as FunctionIndex;
  }

  /** The binary module. It links with memories of at most `maxPages` (64 KiB each). */
  assemble(maxPages: number): Uint8Array<ArrayBuffer> {
    const signatures = this.#functions.map(({ paramCount }) => [
      0x60,
      ...vector(Array.from({ length: paramCount }, () => [VALUE_TYPE.i32])),
      0,
    ]);
    const sharedMemory = [0x02, 0x03, ...unsigned(1), ...unsigned(maxPages)];
    const exported = this.#functions.flatMap(({ exportName }, index) =>
      exportName === undefined ? [] : [[...text(exportName), 0x00, ...unsigned(index)]],
    );
    const bodies = this.#functions.map(({ code }) => [...unsigned(code.length), ...code]);
    return new Uint8Array([
      ...MAGIC_AND_VERSION,
      ...section(1, vector(signatures)),
      ...section(2, vector([[...text('env'), ...text('memory'), ...sharedMemory]])),
      ...section(3, vector(this.#functions.map((_, index) => unsigned(index)))),
      ...section(7, vector(exported)),
      ...section(10, vector(bodies)),
    ]);
  }
}

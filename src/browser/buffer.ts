/**
 * Stands in for Node's Buffer where the core runs in a browser: what the core uses of it and no
 * more. The bundler puts it in place of the name `Buffer`; nothing global changes. Invariant: each
 * member answers as Node's does (buffer.test.ts holds them side by side).
 */
type Encoding = 'utf8' | 'hex' | 'base64' | 'latin1' | 'binary';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
/** Arguments in one call: engines bound them. */
const PIECE = 8192;

/** Without its static `from`, whose signature is another than Node's. */
const Bytes = Uint8Array as unknown as {
  new (size: number): Uint8Array<ArrayBuffer>;
  new (values: ArrayLike<number>): Uint8Array<ArrayBuffer>;
  new (storage: ArrayBuffer, offset: number, size?: number): Uint8Array<ArrayBuffer>;
};

export class Buffer extends Bytes {
  static from(
    value: string | ArrayBuffer | ArrayLike<number>,
    encodingOrOffset?: Encoding | number,
    length?: number,
  ): Buffer {
    if (typeof value === 'string')
      return over(bytesOf(value, encodingOrOffset as Encoding | undefined));
    if (value instanceof ArrayBuffer)
      return new Buffer(value, (encodingOrOffset as number | undefined) ?? 0, length);
    return new Buffer(value);
  }

  static alloc(size: number): Buffer {
    return new Buffer(size);
  }

  static concat(parts: readonly Uint8Array[]): Buffer {
    const whole = new Buffer(parts.reduce((sum, part) => sum + part.byteLength, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.byteLength;
    }
    return whole;
  }

  static compare(a: Uint8Array, b: Uint8Array): -1 | 0 | 1 {
    const shared = Math.min(a.byteLength, b.byteLength);
    for (let index = 0; index < shared; index++) {
      const difference = (a[index] ?? 0) - (b[index] ?? 0);
      if (difference !== 0) return difference < 0 ? -1 : 1;
    }
    return a.byteLength === b.byteLength ? 0 : a.byteLength < b.byteLength ? -1 : 1;
  }

  static byteLength(text: string): number {
    return encoder.encode(text).byteLength;
  }

  override toString(encoding: Encoding = 'utf8'): string {
    if (encoding === 'hex') return hexOf(this);
    if (encoding === 'base64') return btoa(this.latin1Slice(0, this.byteLength));
    if (encoding === 'utf8') return decoder.decode(this);
    return this.latin1Slice(0, this.byteLength);
  }

  latin1Slice(start: number, end: number): string {
    let text = '';
    for (let at = start; at < end; at += PIECE)
      text += String.fromCharCode(...super.subarray(at, Math.min(at + PIECE, end)));
    return text;
  }

  /** As in Node, a view. */
  override slice(start?: number, end?: number): Buffer {
    return this.subarray(start, end);
  }

  override subarray(start?: number, end?: number): Buffer {
    return super.subarray(start, end) as Buffer;
  }

  readUInt32LE(offset = 0): number {
    return viewOf(this).getUint32(offset, true);
  }

  writeUInt32LE(value: number, offset = 0): number {
    viewOf(this).setUint32(offset, value, true);
    return offset + 4;
  }

  readBigUInt64LE(offset = 0): bigint {
    return viewOf(this).getBigUint64(offset, true);
  }

  readBigUInt64BE(offset = 0): bigint {
    return viewOf(this).getBigUint64(offset, false);
  }

  writeBigUInt64BE(value: bigint, offset = 0): number {
    viewOf(this).setBigUint64(offset, value, false);
    return offset + 8;
  }

  readDoubleBE(offset = 0): number {
    return viewOf(this).getFloat64(offset, false);
  }
}

/** The same storage. */
const over = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  new Buffer(buffer as ArrayBuffer, byteOffset, byteLength);

const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength);

function bytesOf(text: string, encoding: Encoding = 'utf8'): Uint8Array {
  if (encoding === 'utf8') return encoder.encode(text);
  if (encoding === 'hex') return bytesOfHex(text);
  if (encoding === 'base64') return bytesOfBase64(text);
  return Uint8Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
}

/** Up to the first two characters that are no digits. */
function bytesOfHex(text: string): Uint8Array {
  const digits = /^(?:[0-9a-fA-F]{2})*/.exec(text)?.[0] ?? '';
  return Uint8Array.from({ length: digits.length / 2 }, (_, index) =>
    Number.parseInt(digits.slice(2 * index, 2 * index + 2), 16),
  );
}

/** Both alphabets, up to the padding; what is foreign is passed over. */
function bytesOfBase64(text: string): Uint8Array {
  const own = text
    .replace(/=[^]*$/, '')
    .replaceAll('-', '+')
    .replaceAll('_', '/');
  const clean = own.replace(/[^A-Za-z0-9+/]/g, '');
  const whole = clean.length % 4 === 1 ? clean.slice(0, -1) : clean;
  const latin1 = atob(whole);
  return Uint8Array.from({ length: latin1.length }, (_, index) => latin1.charCodeAt(index));
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function hexOf(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte];
  return text;
}

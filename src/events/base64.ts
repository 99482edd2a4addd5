/**
 * RFC 4648 section 4 base64 (standard alphabet, padded), the form of every hash and signature in
 * the ledger, and CloudEvents' form of binary attributes. Invariant: one spelling per byte string;
 * missing padding, stray bits and foreign characters do not decode.
 */
export function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

/** `undefined` when the text is not exactly what `base64Of` prints for some bytes. */
export function bytesOfBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) return undefined;
  return new Uint8Array(bytes);
}

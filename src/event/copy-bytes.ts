/** Returns a copy of these bytes. `Buffer.slice` copies nothing, and a Buffer has the type of a Uint8Array. */
export function copyBytes(bytes: Uint8Array, start = 0, end = bytes.length): Uint8Array<ArrayBuffer> {
  return Uint8Array.prototype.slice.call(bytes, start, end)
}

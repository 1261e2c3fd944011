import type { Writable } from 'node:stream'

/**
 * Up to this many bytes, or from this many pieces, joining costs less than passing a list to the system: a list needs
 * an object for each piece, a copy only memory that is freed after the write.
 */
const JOIN_BYTES = 4096
const JOIN_PIECES = 8

/** Writes pieces that no other stream shares, with as few system calls as possible. */
export function writeJoined(
  stream: Writable,
  pieces: readonly Uint8Array[],
  bytes = totalBytes(pieces),
): void {
  if (pieces.length === 1) stream.write(pieces[0])
  else if (bytes <= JOIN_BYTES || pieces.length >= JOIN_PIECES) stream.write(Buffer.concat(pieces, bytes))
  else writeCorked(stream, pieces)
}

/** Writes pieces with one system call and without copying them. */
export function writeCorked(stream: Writable, pieces: readonly Uint8Array[]): void {
  if (pieces.length === 1) {
    stream.write(pieces[0])
    return
  }
  stream.cork()
  for (const piece of pieces) stream.write(piece)
  stream.uncork()
}

function totalBytes(pieces: readonly Uint8Array[]): number {
  let bytes = 0
  for (const piece of pieces) bytes += piece.length
  return bytes
}

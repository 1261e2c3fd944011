import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'

const MOST_BYTES = 256

/** The first bytes of a file, to tell it from another one that took its inode or its name. */
export interface Fingerprint {
  /** How many bytes it is of; 0 says nothing. */
  length: number
  hash: string
}

export const NO_FINGERPRINT: Fingerprint = { length: 0, hash: '' }

/** Of a file that begins with these bytes. */
export function fingerprintOf(beginning: Uint8Array): Fingerprint {
  const first = beginning.subarray(0, MOST_BYTES)
  return first.length === 0 ? NO_FINGERPRINT : { length: first.length, hash: hashOf(first) }
}

/**
 * Compares what the file begins with now. Undefined: it is another content, or shorter. Else the
 * fingerprint, longer than before if the file is.
 */
export async function matchFingerprint(
  file: FileHandle,
  known: Fingerprint,
): Promise<Fingerprint | undefined> {
  const { buffer, bytesRead } = await file.read(new Uint8Array(MOST_BYTES), 0, MOST_BYTES, 0)
  if (bytesRead < known.length) return undefined
  if (known.length > 0 && hashOf(buffer.subarray(0, known.length)) !== known.hash) return undefined
  if (bytesRead === known.length) return known
  return fingerprintOf(buffer.subarray(0, bytesRead))
}

/** Do both files hold the same bytes before `offset`, as far as a look at the last of them tells? */
export async function sameBefore(a: FileHandle, b: FileHandle, offset: number): Promise<boolean> {
  const start = Math.max(0, offset - MOST_BYTES)
  const read = async (file: FileHandle) => {
    const { buffer, bytesRead } = await file.read(new Uint8Array(MOST_BYTES), 0, offset - start, start)
    return buffer.subarray(0, bytesRead)
  }
  const [left, right] = [await read(a), await read(b)]
  return (
    left.length === offset - start &&
    left.length === right.length &&
    left.every((byte, i) => byte === right[i])
  )
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16)
}

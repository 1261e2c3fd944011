/**
 * Records of utmp(5), as glibc writes them; little-endian.
 *
 *   offset  size  field
 *        0     2  type        2 boot, 7 user process, 8 dead process
 *        4     4  pid
 *        8    32  line
 *       40     4  id
 *       44    32  user
 *       76   256  host
 *      332     4  exit status
 *      336        session and time: 4 + 4 + 4 (384 bytes in all), or 8 + 8 + 8 (400 bytes)
 *
 * The size of a record depends on the processor; the size of the file usually tells which it is.
 */
export const UtmpType = { runLevel: 1, boot: 2, user: 7, dead: 8 } as const

export interface UtmpRecord {
  type: number
  pid: number
  line: string
  user: string
  host: string
  /** µs since the epoch */
  time: number
}

export type UtmpSize = 384 | 400

export function utmpSize(fileBytes: number, architecture: string): UtmpSize {
  const fitting = ([384, 400] as const).filter((size) => fileBytes % size === 0)
  if (fitting.length === 1) return fitting[0]
  return ['arm64', 'loong64'].includes(architecture) ? 400 : 384
}

/** Returns all complete records; an incomplete one at the end is left out. */
export function parseUtmp(bytes: Uint8Array, size: UtmpSize): UtmpRecord[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const records: UtmpRecord[] = []
  for (let at = 0; at + size <= bytes.length; at += size) {
    records.push({
      type: view.getInt16(at, true),
      pid: Math.max(0, view.getInt32(at + 4, true)),
      line: text(bytes, at + 8, 32),
      user: text(bytes, at + 44, 32),
      host: text(bytes, at + 76, 256),
      time: size === 384 ? shortTime(view, at + 340) : longTime(view, at + 344),
    })
  }
  return records
}

/** Seconds are 32 bits, read as unsigned so that they last until 2106. */
function shortTime(view: DataView, at: number): number {
  return view.getUint32(at, true) * 1e6 + bounded(view.getInt32(at + 4, true), 999_999)
}

function longTime(view: DataView, at: number): number {
  const seconds = bounded(Number(view.getBigInt64(at, true)), 0xffff_ffff)
  return seconds * 1e6 + bounded(Number(view.getBigInt64(at + 8, true)), 999_999)
}

function bounded(value: number, most: number): number {
  return Math.min(Math.max(0, value), most)
}

const utf8 = new TextDecoder()

function text(bytes: Uint8Array, start: number, length: number): string {
  const end = bytes.indexOf(0, start)
  const stop = end < 0 || end > start + length ? start + length : end
  return utf8.decode(bytes.subarray(start, stop))
}

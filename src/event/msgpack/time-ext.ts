import { nanosecondsOf, secondsOf, TIME_EXT } from './values.js'

/** Writes a time as ext -1 with as few bytes as possible, or nil if it is invalid. Returns the offset after it. */
export function writeTime(time: Date, view: DataView, at: number): number {
  const seconds = secondsOf(time)
  const nanoseconds = nanosecondsOf(time)
  if (Number.isNaN(seconds)) {
    view.setUint8(at, 0xc0)
    return at + 1
  }
  if (seconds < 0 || seconds >= 2 ** 34) {
    view.setUint16(at, 0xc70c)
    view.setInt8(at + 2, TIME_EXT)
    view.setUint32(at + 3, nanoseconds)
    view.setBigInt64(at + 7, BigInt(seconds))
    return at + 15
  }
  const isShort = nanoseconds === 0 && seconds < 2 ** 32
  view.setUint8(at, isShort ? 0xd6 : 0xd7)
  view.setInt8(at + 1, TIME_EXT)
  if (isShort) {
    view.setUint32(at + 2, seconds)
    return at + 6
  }
  view.setUint32(at + 2, nanoseconds * 4 + Math.floor(seconds / 2 ** 32))
  view.setUint32(at + 6, seconds)
  return at + 10
}

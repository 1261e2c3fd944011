import type { UtmpRecord, UtmpSize } from '../../../src/sources/system/utmp.js'

const utf8 = new TextEncoder()

export function utmpRecord(record: UtmpRecord, size: UtmpSize = 384): Uint8Array {
  const bytes = new Uint8Array(size)
  const view = new DataView(bytes.buffer)
  view.setInt16(0, record.type, true)
  view.setInt32(4, record.pid, true)
  bytes.set(utf8.encode(record.line), 8)
  bytes.set(utf8.encode(record.user), 44)
  bytes.set(utf8.encode(record.host), 76)
  const seconds = Math.floor(record.time / 1e6)
  const micros = record.time % 1e6
  if (size === 384) {
    view.setUint32(340, seconds, true)
    view.setInt32(344, micros, true)
  } else {
    view.setBigInt64(344, BigInt(seconds), true)
    view.setBigInt64(352, BigInt(micros), true)
  }
  return bytes
}

import { isDeepStrictEqual } from 'node:util'
import {
  encodeNotification,
  type Notification,
  type Platform,
  parseErrorCauses,
  parseNotification,
  parseNotifications,
  SctpNotificationError,
} from '../../../src/protocols/sctp/index.js'
import { bytesOf, vectors } from '../../protocols/sctp/vectors.js'
import { fuzz } from '../target.js'

function insist(condition: boolean, what: string): void {
  if (!condition) throw new Error(what)
}

/** undefined where the bytes are refused as they may be. */
function refusedOr<Result>(run: () => Result): Result | undefined {
  try {
    return run()
  } catch (error) {
    if (error instanceof SctpNotificationError) return undefined
    throw error
  }
}

for (const platform of ['linux', 'freebsd'] as Platform[]) {
  fuzz({
    name: `sctp-${platform}`,
    seeds: vectors[platform].map(bytesOf),
    run(input, random) {
      // Most changes would end at the length; half of the inputs get one that fits.
      if (input.length >= 8 && random(2) === 0) new DataView(input.buffer).setUint32(4, input.length, true)
      const format = { platform, endian: random(8) === 0 ? 'big' : 'little' } as const
      // Among other bytes, so that reading past the end gives another result.
      const around = new Uint8Array(input.length + 64).fill(random(256))
      around.set(input, 32)
      const view = around.subarray(32, 32 + input.length)
      const read = refusedOr(() => parseNotification(input, format))
      const again = refusedOr(() => parseNotification(view, format))
      insist(isDeepStrictEqual(read, again), 'bytes around the notification matter')
      if (read !== undefined) sound(read, format)
      let faults = 0
      const all = parseNotifications(input, { ...format, onError: () => faults++ })
      insist((all.length + faults) * 8 <= input.length + 8, 'more notifications than there can be')
      refusedOr(() => parseErrorCauses(input))
    },
  })
}

function sound(read: Notification, format: { platform: Platform; endian: 'little' | 'big' }): void {
  const back = parseNotification(encodeNotification(read, format), format)
  insist(isDeepStrictEqual(back, read), 'it changes when it is encoded and read again')
}

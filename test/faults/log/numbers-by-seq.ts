import { expect } from 'vitest'
import { frameBytes, frameSeq, readU64 } from '../../../src/event/frame.js'
import type { EventLog } from '../../../src/log/index.js'

/** Position of the number in the frames that the programs here append. */
const NUMBER_AT = 32 + 'test/fault\n\ntest'.length

/** Returns the number of each event in the log, in their order, and expects no seq twice. */
export async function numbersBySeq(log: EventLog): Promise<Map<number, number>> {
  const numbers = new Map<number, number>()
  for await (const { bytes } of log.read(1, {})) {
    for (let at = 0; at < bytes.length; at += frameBytes(bytes, at)) {
      expect(numbers.has(frameSeq(bytes, at))).toBe(false)
      numbers.set(frameSeq(bytes, at), readU64(bytes, at + NUMBER_AT))
    }
  }
  return numbers
}

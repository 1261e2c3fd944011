import { randomBytes } from 'node:crypto'
import { writeSync } from 'node:fs'
import { encodeFrame, readU64, writeU64 } from '../../../dist/event/frame.js'
import { openLmdbLog } from '../../../dist/log/index.js'

export const runtime = {
  now: () => Math.round((performance.timeOrigin + performance.now()) * 1000),
  monotonic: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
  soon: (run) => void setImmediate(run),
  random: (bytes) => randomBytes(bytes),
}

export const open = (folder, options = {}) =>
  openLmdbLog({ runtime, folder, typeOf: () => 'test', ...options })

/** Reports a fact with a synchronous write, so that it arrives even if this process is killed at the next moment. */
export function say(fact) {
  writeSync(1, `${JSON.stringify(fact)}\n`)
}

/** Returns a frame that contains a number. */
export function numbered(number, bodyBytes) {
  const body = new Uint8Array(8 + bodyBytes)
  writeU64(body, 0, number)
  return encodeFrame({ tag: 'test/fault', source: 'test', body })
}

/** Resolves with the last seq of the batch, or with the code of the error. */
export function append(log, frames) {
  const batch = { bytes: Buffer.concat(frames), count: frames.length, firstSeq: 0, lastSeq: 0 }
  return new Promise((resolve) => log.append(batch, (error, last) => resolve(error?.code ?? last)))
}

/** Resolves with 'durable', or with the code of the error. */
export function durable(log, seq) {
  return log.durable(seq).then(
    () => 'durable',
    (error) => error.code,
  )
}

export async function numbersIn(log) {
  const numbers = []
  for await (const { bytes } of log.read(1, {})) {
    for (
      let at = 0;
      at < bytes.length;
      at += 4 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true)
    ) {
      numbers.push(readU64(bytes, at + HEADER + TAG_AND_SOURCE))
    }
  }
  return numbers
}

const HEADER = 32
const TAG_AND_SOURCE = 'test/fault\n\ntest'.length

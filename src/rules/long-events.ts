import type { Event } from '../event/event.js'
import { decode } from '../event/msgpack/decoder.js'
import { bytesAt, compilePath, kindAt, type PathStep } from '../event/msgpack/find.js'
import { walkValue } from '../event/msgpack/walk.js'
import { findInBody, isLongFrame } from '../filter/long-bodies.js'

/** Stands for a value that has more bytes than was asked for. */
export const TOO_LONG = Symbol('too long')

export function isLong({ bytes, at }: Event): boolean {
  return isLongFrame(bytes, at)
}

/** Reads fields of long events one by one: to decode all of a body would take a second for a million values. */
export class LongEventReader {
  readonly #paths = new Map<string, readonly PathStep[]>()
  readonly #most: number

  /** `most`: the most bytes that a value may have. */
  constructor(most: number) {
    this.#most = most
  }

  /** The value at the path, encoded; undefined if there is none, TOO_LONG if it has more bytes than `most`. */
  bytes(
    { bytes, at, end }: Event,
    path: readonly string[],
    most = this.#most,
  ): Uint8Array | typeof TOO_LONG | undefined {
    const start = findInBody(bytes, at, this.#compiled(path))
    if (start < 0) return undefined
    const stop = walkValue(bytes, start, Math.min(end, start + most))
    return stop < 0 ? TOO_LONG : bytes.subarray(start, stop)
  }

  /** The value at the path; undefined if there is none or it has too many bytes. */
  value(event: Event, path: readonly string[]): unknown {
    const bytes = this.bytes(event, path)
    return bytes === undefined || bytes === TOO_LONG ? undefined : decode(bytes)
  }

  /** The beginning of the text at the path, which may end within a character; undefined if it is no text. */
  text({ bytes, at }: Event, path: readonly string[]): string | undefined {
    const start = findInBody(bytes, at, this.#compiled(path))
    const text = start < 0 || kindAt(bytes, start) !== 'text' ? undefined : bytesAt(bytes, start)
    return text && Buffer.from(text.buffer, text.byteOffset, Math.min(text.length, this.#most)).toString()
  }

  #compiled(path: readonly string[]): readonly PathStep[] {
    const name = JSON.stringify(path)
    const known = this.#paths.get(name)
    if (known !== undefined) return known
    const compiled = compilePath(path)
    this.#paths.set(name, compiled)
    return compiled
  }
}

/** Values that msgpack has and plain JavaScript does not. */

import { knowCopies } from '../copies.js'

/**
 * An ext value of an unknown type. `type` is -128 to 127.
 *
 * @example
 * await hub.publish('meter/raw', { reading: new Ext(5, Uint8Array.of(1, 2)) })
 */
export class Ext {
  readonly ext: number
  readonly bytes: Uint8Array

  constructor(ext: number, bytes: Uint8Array) {
    this.ext = ext
    this.bytes = bytes
  }
}
knowCopies(Ext, 'Ext')

/**
 * A time more precise than a millisecond; other times are a Date. Do not change it with the setters of Date.
 *
 * @example
 * new Timestamp(0, 1_500).nanoseconds // 1500
 */
export class Timestamp extends Date {
  /** The fraction of the second, 0 to 999,999,999; `getTime()` includes its milliseconds. */
  readonly nanoseconds: number

  constructor(seconds: number, nanoseconds: number) {
    super(seconds * 1000 + Math.floor(nanoseconds / 1e6))
    this.nanoseconds = nanoseconds
  }
}
knowCopies(Timestamp, 'Timestamp')

/**
 * A named constant of Salt's loader (ext 79).
 *
 * @example
 * await hub.publish('deploy/seed', { seed: new SaltConstant('SEED', 1) })
 */
export class SaltConstant {
  readonly name: string
  readonly value: unknown

  constructor(name: string, value: unknown) {
    this.name = name
    this.value = value
  }
}
knowCopies(SaltConstant, 'SaltConstant')

/** A value that is msgpack already. The encoder copies its bytes, and they need not be walked to be checked. */
export class Encoded {
  readonly bytes: Uint8Array
  readonly fault = undefined
  /** Levels of its deepest container. */
  readonly depth: number
  /** Bytes before it, in the same memory, that nobody uses. */
  readonly room: number | undefined

  constructor(bytes: Uint8Array, depth: number, room?: number) {
    this.bytes = bytes
    this.depth = depth
    this.room = room
  }
}

export const TIME_EXT = -1
export const SALT_DATETIME_EXT = 78
export const SALT_CONSTANT_EXT = 79

/**
 * A Date if the time is exact to the millisecond, otherwise a Timestamp; undefined outside the years that a
 * Date supports.
 */
export function timeOf(seconds: number, nanoseconds: number): Date | undefined {
  const time =
    nanoseconds % 1e6 === 0
      ? new Date(seconds * 1000 + nanoseconds / 1e6)
      : new Timestamp(seconds, nanoseconds)
  return Number.isNaN(time.getTime()) ? undefined : time
}

export function secondsOf(time: Date): number {
  return Math.floor(time.getTime() / 1000)
}

export function nanosecondsOf(time: Date): number {
  return time instanceof Timestamp ? time.nanoseconds : (time.getTime() - secondsOf(time) * 1000) * 1e6
}

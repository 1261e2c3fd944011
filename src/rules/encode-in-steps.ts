import { encode } from '../event/index.js'

/** Members of a list that are encoded in one step. */
const MEMBERS_A_STEP = 64
const ARRAY_32 = 0xdd
const MAP_32 = 0xdf

/** The msgpack of maps and long lists, in pieces. */
export function* encodeInSteps(value: unknown): Generator<Uint8Array, void> {
  if (Array.isArray(value) && value.length > MEMBERS_A_STEP) {
    yield head(ARRAY_32, value.length)
    for (let at = 0; at < value.length; at += MEMBERS_A_STEP)
      yield Buffer.concat(value.slice(at, at + MEMBERS_A_STEP).map((member) => encode(member)))
  } else if (isPlainMap(value)) {
    const entries = Object.entries(value)
    yield head(MAP_32, entries.length)
    for (const [key, member] of entries) {
      yield encode(key)
      yield* encodeInSteps(member)
    }
  } else yield encode(value)
}

/** Length from which the results of steps are joined. To join all of a long record would take too long for one step. */
const JOINED = 128 * 1024

/** The pieces of all steps, of which short ones are joined. */
export function* encodedInSteps(value: unknown): Generator<undefined, Uint8Array[]> {
  const joined: Uint8Array[] = []
  let [short, length]: [Uint8Array[], number] = [[], 0]
  for (const piece of encodeInSteps(value)) {
    short.push(piece)
    length += piece.length
    if (length >= JOINED) {
      joined.push(Buffer.concat(short))
      short = []
      length = 0
    }
    yield
  }
  joined.push(Buffer.concat(short))
  return joined
}

function head(type: number, count: number): Uint8Array {
  const bytes = Buffer.alloc(5)
  bytes[0] = type
  bytes.writeUInt32BE(count, 1)
  return bytes
}

function isPlainMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
}

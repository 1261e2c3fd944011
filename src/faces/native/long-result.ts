import { encode } from '../../event/msgpack/encoder.js'
import { Encoded } from '../../event/msgpack/values.js'
import { FEW_ITEMS, isLongList } from '../../incremental/steps.js'

/** From this number of items on, the head of a list has three or five bytes instead of one. */
const LONG_HEAD = 16
/** The heads of two lists with one item each, which put the items at the depth that they have in the record. */
const OUTER_HEADS = 2

/** Encodes the long lists of a result, some items in each step; undefined if it has none. */
export function longResult(result: unknown): Generator<undefined, object> | undefined {
  if (isLongList(result)) return encodedList(result)
  if (typeof result !== 'object' || result === null || Array.isArray(result)) return undefined
  const hasLongList = Object.values(result).some(isLongList)
  return hasLongList ? withEncodedLists(result) : undefined
}

function* withEncodedLists(result: object): Generator<undefined, object> {
  const members: [name: string, value: unknown][] = []
  for (const [name, value] of Object.entries(result))
    members.push([name, isLongList(value) ? yield* encodedList(value) : value])
  return Object.fromEntries(members)
}

/** The list may change between the steps. */
function* encodedList(list: readonly unknown[]): Generator<undefined, Encoded> {
  const items = list.slice()
  const parts: Uint8Array[] = [headOf(items.length)]
  for (let at = 0; at < items.length; at += FEW_ITEMS) {
    const some = items.slice(at, at + FEW_ITEMS)
    parts.push(encode([[some]]).subarray(OUTER_HEADS + (some.length < LONG_HEAD ? 1 : 3)))
    yield
  }
  return new Encoded(Buffer.concat(parts), 1)
}

function headOf(count: number): Uint8Array {
  const head = Buffer.alloc(5)
  if (count < 0x1_0000) {
    head[0] = 0xdc
    head.writeUInt16BE(count, 1)
    return head.subarray(0, 3)
  }
  head[0] = 0xdd
  head.writeUInt32BE(count, 1)
  return head
}

/** Changes of inputs at random, the same for the same seed. */

export type Random = (below: number) => number

/** mulberry32: small, and the same on every platform. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

export function pick<Item>(items: readonly Item[], random: Random): Item {
  return items[random(items.length)]
}

const telling = [
  0, 1, 0x0a, 0x1f, 0x20, 0x2a, 0x2f, 0x5b, 0x7f, 0x80, 0x81, 0x90, 0x91, 0xa0, 0xbf, 0xc0, 0xc1, 0xc4, 0xc7,
]
telling.push(0xc9, 0xca, 0xcf, 0xd3, 0xd4, 0xd6, 0xd8, 0xd9, 0xdb, 0xdc, 0xdd, 0xde, 0xdf, 0xe0, 0xfe, 0xff)

/** An input of the corpus with one to six changes, of at most `longest` bytes. */
export function mutate(corpus: readonly Uint8Array[], random: Random, longest: number): Uint8Array {
  const changed = mutateBytes(pick(corpus, random), corpus, random)
  return changed.length > longest ? changed.slice(0, longest) : changed
}

/** Some of the changes put parts of the others into it. */
export function mutateBytes(input: Uint8Array, others: readonly Uint8Array[], random: Random): Uint8Array {
  let bytes = new Uint8Array(input)
  for (let change = random(6) + 1; change > 0; change--) bytes = mutateOnce(bytes, others, random)
  return bytes
}

/** Changes a byte in place where that is enough: it runs many times for each input. */
function mutateOnce(
  bytes: Uint8Array<ArrayBuffer>,
  others: readonly Uint8Array[],
  random: Random,
): Uint8Array<ArrayBuffer> {
  const at = random(bytes.length + 1)
  const length = random(Math.min(16, bytes.length - at) + 1)
  switch (random(8)) {
    case 0:
      if (at === bytes.length) return spliced(bytes, at, 0, [pick(telling, random)])
      bytes[at] = pick(telling, random)
      return bytes
    case 1:
      if (at < bytes.length) bytes[at] ^= 1 << random(8)
      return bytes
    case 2:
      if (at < bytes.length) bytes[at] += random(5) - 2
      return bytes
    case 3:
      return spliced(bytes, at, length, [])
    case 4: {
      const inserted = new Uint8Array(random(8))
      for (let index = 0; index < inserted.length; index++) inserted[index] = pick(telling, random)
      return spliced(bytes, at, 0, inserted)
    }
    case 5:
      return spliced(bytes, at, 0, bytes.subarray(at, at + length))
    case 6: {
      const other = pick(others, random)
      return spliced(bytes, at, bytes.length - at, other.subarray(random(other.length + 1)))
    }
    default:
      return bytes.slice(0, at)
  }
}

function spliced(
  bytes: Uint8Array,
  at: number,
  removed: number,
  inserted: ArrayLike<number>,
): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(bytes.length - removed + inserted.length)
  result.set(bytes.subarray(0, at))
  result.set(inserted, at)
  result.set(bytes.subarray(at + removed), at + inserted.length)
  return result
}

const DEEP = 300
const deep = Array.from({ length: DEEP }).reduce<unknown>((inner) => [inner], null)
const deepMap = Array.from({ length: DEEP }).reduce<unknown>((inner) => ({ a: inner }), 1)

/** Values at which programs stumble: of every type, at the ends of ranges, and texts that mean something somewhere. */
export const oddValues: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  0.1,
  -0,
  255,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  1e308,
  '',
  ' ',
  '*',
  '0',
  '\u0000',
  '\ud800',
  '\u202e',
  'é'.repeat(300),
  'x'.repeat(5000),
  '/'.repeat(300),
  '../../etc/passwd',
  '__proto__',
  'constructor',
  '-1m',
  'start',
  'now',
  '2026-02-31T25:61:61Z',
  '%',
  '%s%n',
  '{{',
  '(((((',
  '\r\n',
  "' OR 1=1",
  [],
  {},
  [[]],
  Array.from({ length: 200 }, (_, i) => i),
  Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`k${i}`, i])),
  deep,
  deepMap,
]

/** A copy of a value as JSON has it, with one to three changes somewhere inside. */
export function mutateValue(value: unknown, random: Random): unknown {
  let changed = value
  for (let change = random(3) + 1; change > 0; change--) changed = mutateInside(changed, random)
  return changed
}

function mutateInside(value: unknown, random: Random): unknown {
  const isLeaf = typeof value !== 'object' || value === null || value instanceof Uint8Array
  if (isLeaf || random(6) === 0) return changedLeaf(value, random)
  return Array.isArray(value)
    ? mutateList(value, random)
    : mutateMap(value as Record<string, unknown>, random)
}

function changedLeaf(value: unknown, random: Random): unknown {
  if (typeof value === 'string' && random(2) === 0) return mutateText(value, random)
  if (typeof value === 'number' && random(2) === 0) return value + random(5) - 2
  return pick(oddValues, random)
}

/** Without lone surrogates, which a URL cannot have. */
export function wellFormed(text: string): string {
  return Buffer.from(text).toString()
}

export function mutateText(text: string, random: Random): string {
  return Buffer.from(mutateBytes(Buffer.from(text), [Buffer.from(text)], random)).toString()
}

function mutateList(list: readonly unknown[], random: Random): unknown {
  const at = random(list.length + 1)
  if (at === list.length) return [...list, pick(oddValues, random)]
  if (random(4) === 0) return list.toSpliced(at, 1)
  if (random(4) === 0) return list.toSpliced(at, 0, list[at])
  return list.with(at, mutateInside(list[at], random))
}

function mutateMap(map: Record<string, unknown>, random: Random): unknown {
  const entries = Object.entries(map)
  const at = random(entries.length + 1)
  if (at === entries.length)
    return { ...map, [`${pick(oddValues, random)}`.slice(0, 50)]: pick(oddValues, random) }
  const [key, value] = entries[at]
  if (random(5) === 0) return Object.fromEntries(entries.toSpliced(at, 1))
  return { ...map, [key]: mutateInside(value, random) }
}

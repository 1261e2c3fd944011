import {
  closeSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'

/** Damages to the files of a data folder, chosen by a seed. */

const PAGE = 4096

/** Returns a function that gives whole numbers below `n`, the same ones for the same seed (mulberry32). */
export function randomFrom(seed) {
  let state = Math.imul(seed + 1, 0x9e3779b1)
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

/** Damages one file, and returns a description of it. */
export function damage(data, random) {
  const targets = targetsIn(data)
  const path = targets[random(targets.length)]
  const names = Object.keys(ways)
  const way = names[random(names.length)]
  return `${way} ${path}: ${ways[way](join(data, path), random) ?? ''}`
}

/** Meta, state, and the newest segment are chosen more often: on them depends whether the hub starts. */
function targetsIn(data) {
  const segments = readdirSync(join(data, 'log/segments'))
    .filter((name) => /^\d{16}$/.test(name))
    .sort()
  const files = segments.map((name) => `log/segments/${name}/data.mdb`)
  return [
    ...files,
    ...Array(3).fill(files.at(-1)),
    ...Array(3).fill('log/meta/data.mdb'),
    ...Array(3).fill('state/data.mdb'),
    'log/meta.copy',
    `log/segments/${segments.at(-1)}/lock.mdb`,
    'state/lock.mdb',
    'log/owner',
  ]
}

const ways = {
  flip: (path, random) => inFile(path, (file, size) => flip(file, size, random)),
  'flip 20': (path, random) =>
    inFile(path, (file, size) => Array.from({ length: 20 }, () => flip(file, size, random)).join()),
  'flip in use': (path, random) =>
    inFile(path, (file, size) =>
      Array.from({ length: 5 }, () => flip(file, Math.min(size, 12 * PAGE), random)).join(),
    ),
  zero: (path, random) => page(path, random, () => Buffer.alloc(PAGE)),
  junk: (path, random) =>
    page(path, random, () => Buffer.from(Array.from({ length: PAGE }, () => random(256)))),
  'junk header': (path, random) =>
    page(path, random, (bytes) => {
      for (let at = 8; at < 64; at++) bytes[at] = random(256)
      return bytes
    }),
  nodes: (path, random) =>
    page(path, random, (bytes) => {
      for (let nth = 0; nth < 8; nth++) bytes.writeUInt16LE(random(65536), 24 + 2 * nth)
      return bytes
    }),
  swap: (path, random) =>
    inFile(path, (file, size) => {
      const [one, other] = [random(Math.ceil(size / PAGE)), random(Math.ceil(size / PAGE))]
      const [first, second] = [read(file, one), read(file, other)]
      writeSync(file, first, 0, first.length, other * PAGE)
      writeSync(file, second, 0, second.length, one * PAGE)
      return `pages ${one} and ${other}`
    }),
  stale: (path, random) =>
    inFile(path, (file, size) => {
      const [from, to] = [random(Math.ceil(size / PAGE)), random(Math.ceil(size / PAGE))]
      const bytes = read(file, from)
      writeSync(file, bytes, 0, bytes.length, to * PAGE)
      return `page ${from} over ${to}`
    }),
  truncate: (path, random) => cut(path, (size) => random(size)),
  'truncate at a page': (path, random) => cut(path, (size) => random(Math.ceil(size / PAGE)) * PAGE),
  'cut the tail': (path, random) => cut(path, (size) => Math.max(0, size - 1 - random(PAGE))),
  empty: (path) => cut(path, () => 0),
  remove: (path) => rmSync(path, { force: true }),
  'remove folder': (path) => {
    // The data folder and the folder of all segments remain.
    const folder = path.endsWith('.mdb') ? join(path, '..') : path
    rmSync(folder, { recursive: true, force: true })
  },
}

function inFile(path, change) {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (size === 0) return 'nothing to change'
  const file = openSync(path, 'r+')
  try {
    return change(file, size)
  } finally {
    closeSync(file)
  }
}

function flip(file, size, random) {
  const at = random(size)
  const byte = Buffer.alloc(1)
  readSync(file, byte, 0, 1, at)
  byte[0] ^= 1 << random(8)
  writeSync(file, byte, 0, 1, at)
  return at
}

function page(path, random, change) {
  return inFile(path, (file, size) => {
    const number = random(Math.ceil(size / PAGE))
    const bytes = change(read(file, number))
    writeSync(file, bytes, 0, Math.min(bytes.length, size - number * PAGE), number * PAGE)
    return `page ${number}`
  })
}

function read(file, number) {
  const bytes = Buffer.alloc(PAGE)
  readSync(file, bytes, 0, PAGE, number * PAGE)
  return bytes
}

function cut(path, to) {
  return inFile(path, (file, size) => {
    const length = to(size)
    ftruncateSync(file, length)
    return `to ${length} bytes of ${size}`
  })
}

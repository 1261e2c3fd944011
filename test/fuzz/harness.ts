import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'

/**
 * Fuzzing: inputs of a corpus, changed at random, go to a function that throws when something is wrong.
 *
 *   FUZZ_SECONDS  how long each target runs; default 2
 *   FUZZ_SEED     replays a run; the seed of every run is printed
 *
 * The corpus of a target are the files of `corpus/<name>/`: `.hex` hexadecimal (blanks and `#` comments allowed), any
 * other file as it is. Every failing input belongs there once the fault is understood.
 */
export interface FuzzTarget {
  name: string
  /** Inputs beside those of the corpus folder. */
  seeds?: (Uint8Array | string)[]
  /** Throws when the input shows a fault. What a hostile input may cause (an error by code) it catches itself. */
  run(input: Uint8Array, random: Random): void
  /** Longest input made; default 4096. */
  longest?: number
}

export type Random = (below: number) => number

const seconds = Number(process.env.FUZZ_SECONDS ?? 2)

export function fuzz(target: FuzzTarget): void {
  const corpus = [...readCorpus(target.name), ...(target.seeds ?? []).map(toBytes)]
  const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 32))

  it(`${target.name}: every input of the corpus`, () => {
    expect(corpus.length).toBeGreaterThan(0)
    for (const input of corpus) attempt(target, input, randomFrom(1), 'corpus')
  })

  it(`${target.name}: inputs changed at random for ${seconds} s`, {
    timeout: seconds * 1000 + 60_000,
  }, async () => {
    console.log(`fuzz ${target.name}: FUZZ_SEED=${seed}`)
    const random = randomFrom(seed)
    const end = performance.now() + seconds * 1000
    let runs = 0
    while (performance.now() < end) {
      for (let turn = 0; turn < 200; turn++) {
        attempt(target, mutate(corpus, random, target.longest ?? 4096), random, `seed ${seed}, run ${runs++}`)
      }
      await setImmediate()
    }
    console.log(`fuzz ${target.name}: ${runs} inputs`)
  })
}

function attempt(target: FuzzTarget, input: Uint8Array, random: Random, where: string): void {
  try {
    target.run(input, random)
  } catch (error) {
    const text = `${target.name} fails on ${Buffer.from(input).toString('hex')} (${where})`
    throw new Error(text, { cause: error })
  }
}

function readCorpus(name: string): Uint8Array[] {
  const folder = new URL(`./corpus/${name}/`, import.meta.url)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .sort()
    .map((file) => {
      const content = readFileSync(new URL(file, folder))
      if (!file.endsWith('.hex')) return new Uint8Array(content)
      return new Uint8Array(Buffer.from(content.toString().replace(/#.*$/gm, '').replace(/\s+/g, ''), 'hex'))
    })
}

function toBytes(input: Uint8Array | string): Uint8Array {
  return typeof input === 'string' ? new TextEncoder().encode(input) : input
}

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

const telling = [
  0, 1, 0x0a, 0x1f, 0x20, 0x2a, 0x2f, 0x5b, 0x7f, 0x80, 0x81, 0x90, 0x91, 0xa0, 0xbf, 0xc0, 0xc1, 0xc4, 0xc7,
]
telling.push(0xc9, 0xca, 0xcf, 0xd3, 0xd4, 0xd6, 0xd8, 0xd9, 0xdb, 0xdc, 0xdd, 0xde, 0xdf, 0xe0, 0xfe, 0xff)

function mutate(corpus: readonly Uint8Array[], random: Random, longest: number): Uint8Array {
  let bytes = Array.from(corpus[random(corpus.length)])
  for (let change = random(6) + 1; change > 0; change--) bytes = mutateOnce(bytes, corpus, random)
  return Uint8Array.from(bytes.slice(0, longest))
}

function mutateOnce(bytes: number[], corpus: readonly Uint8Array[], random: Random): number[] {
  const at = random(bytes.length + 1)
  const length = random(Math.min(16, bytes.length - at) + 1)
  switch (random(8)) {
    case 0:
      return bytes.toSpliced(at, 1, telling[random(telling.length)])
    case 1:
      return bytes.map((byte, index) => (index === at ? byte ^ (1 << random(8)) : byte))
    case 2:
      return bytes.map((byte, index) => (index === at ? (byte + random(5) - 2) & 0xff : byte))
    case 3:
      return bytes.toSpliced(at, length)
    case 4:
      return bytes.toSpliced(
        at,
        0,
        ...Array.from({ length: random(8) }, () => telling[random(telling.length)]),
      )
    case 5:
      return bytes.toSpliced(at, 0, ...bytes.slice(at, at + length))
    case 6: {
      const other = corpus[random(corpus.length)]
      return [...bytes.slice(0, at), ...other.subarray(random(other.length + 1))]
    }
    default:
      return bytes.slice(0, at)
  }
}

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { setImmediate } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { mutate, type Random, randomFrom } from './mutations.js'

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
  /** Makes an input that fits the form of its messages; every other input comes from here, if it is given. */
  make?(random: Random): Uint8Array
  /** Throws when the input shows a fault. What a hostile input may cause (an error by code) it catches itself. */
  run(input: Uint8Array, random: Random): void
  /** Longest input made; default 4096. */
  longest?: number
}

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
        attempt(target, inputOf(target, corpus, random), random, `seed ${seed}, run ${runs++}`)
      }
      await setImmediate()
    }
    console.log(`fuzz ${target.name}: ${runs} inputs`)
  })
}

function inputOf(target: FuzzTarget, corpus: readonly Uint8Array[], random: Random): Uint8Array {
  if (target.make !== undefined && random(2) === 0) return target.make(random)
  return mutate(corpus, random, target.longest ?? 4096)
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

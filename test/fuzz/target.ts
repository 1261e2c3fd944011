import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { root } from '../e2e/hub-process.js'
import { mutate, type Random, randomFrom } from './mutations.js'

/**
 * A decoder with what answers for it. It gets inputs of a corpus that are changed at random, and inputs that are made.
 *
 * The corpus of a target are the files of `test/vectors/fuzz/<name>/`: `.hex` hexadecimal (blanks and `#` comments
 * allowed), any other file as it is. Every failing input belongs there once the fault is understood.
 */
export interface FuzzTarget {
  name: string
  /** Inputs beside those of the corpus folder. */
  seeds?: (Uint8Array | string)[]
  /** Makes an input that fits the form of its messages; every other input comes from here, if it is given. */
  make?(random: Random): Uint8Array
  /** Throws when the input shows a fault. What a hostile input may cause (an error by code) it catches itself. */
  run(input: Uint8Array, random: Random): void | Promise<void>
  /** Longest input made; default 4096. */
  longest?: number
}

/** An input, and the seed of what the target does at random with it. */
export interface FuzzInput {
  bytes: Uint8Array
  seed: number
}

/** An input that shows a fault. */
export class FuzzFinding extends Error {
  constructor(target: string, cause: unknown) {
    super(`${target}: ${cause instanceof Error ? cause.message : cause}`, { cause })
  }
}

/** Processor time that one input may take on a slow machine, ms. */
export const MAX_PROCESSOR_MS = 50
/** A slow input is tried again this many times: only its own work takes long each time. */
const TRIES = 5

const registered: FuzzTarget[] = []

export function fuzz(target: FuzzTarget): void {
  if (registered.some(({ name }) => name === target.name)) throw new Error(`two targets ${target.name}`)
  registered.push(target)
}

export function fuzzTargets(): readonly FuzzTarget[] {
  return registered
}

/** The path of a file of `test/vectors`. */
export function vectorFile(name: string): string {
  return join(root, 'test/vectors', name)
}

export function corpusOf({ name, seeds = [] }: FuzzTarget): Uint8Array[] {
  return [...readCorpus(name), ...seeds.map(toBytes)]
}

/** Inputs for a target without end, the same for the same seed. */
export function* inputsFor(target: FuzzTarget, seed: number): Generator<FuzzInput, never> {
  const random = randomFrom(seed)
  const corpus = corpusOf(target)
  for (;;) {
    const isMade = target.make !== undefined && random(2) === 0
    const bytes = isMade ? target.make!(random) : mutate(corpus, random, target.longest ?? 4096)
    yield { bytes, seed: random(2 ** 31) }
  }
}

/** Throws a finding when the input shows a fault, or takes too much of the processor each time. */
export async function attempt(target: FuzzTarget, input: FuzzInput): Promise<void> {
  const start = performance.now()
  await given(target, input)
  if (performance.now() - start <= MAX_PROCESSOR_MS) return
  const took: number[] = []
  while (took.length < TRIES && !took.some((ms) => ms <= MAX_PROCESSOR_MS)) {
    took.push(await processorTime(target, input))
  }
  const least = Math.min(...took)
  if (least > MAX_PROCESSOR_MS) {
    const slow = new Error(`one input takes ${Math.round(least)} ms of the processor`)
    throw new FuzzFinding(target.name, slow)
  }
}

/** Not more than the time that passed: the process also counts what its threads compile and collect beside this one. */
async function processorTime(target: FuzzTarget, input: FuzzInput): Promise<number> {
  const start = performance.now()
  const before = process.cpuUsage()
  await given(target, input)
  const passed = performance.now() - start
  const { user, system } = process.cpuUsage(before)
  return Math.min(passed, (user + system) / 1000)
}

/** Waits only for targets that take time: a promise for each input would cost more than most decoders. */
function given(target: FuzzTarget, { bytes, seed }: FuzzInput): void | Promise<void> {
  const failed = (cause: unknown) => new FuzzFinding(target.name, cause)
  try {
    // Some targets write into what they get.
    const result = target.run(new Uint8Array(bytes), randomFrom(seed))
    if (result !== undefined)
      return result.catch((error: unknown) => {
        throw failed(error)
      })
  } catch (error) {
    throw failed(error)
  }
}

function readCorpus(name: string): Uint8Array[] {
  const folder = vectorFile(`fuzz/${name}`)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .sort()
    .map((file) => {
      const content = readFileSync(join(folder, file))
      if (!file.endsWith('.hex')) return new Uint8Array(content)
      return new Uint8Array(Buffer.from(content.toString().replace(/#.*$/gm, '').replace(/\s+/g, ''), 'hex'))
    })
}

function toBytes(input: Uint8Array | string): Uint8Array {
  return typeof input === 'string' ? new TextEncoder().encode(input) : input
}

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { setImmediate } from 'node:timers/promises'
import { root } from '../e2e/hub-process.js'
import { attempt, type FuzzInput, type FuzzTarget, inputsFor } from './target.js'

export interface DecoderOptions {
  seconds: number
  seed: number
  report(line: string): void
}

/** A finding of a decoder, as it is written into its file. */
export interface DecoderFinding {
  target: string
  what: string
  hex: string
  seed: number
}

/** How long one target runs before the next has its turn. */
const SLICE_MS = 250
/** Inputs between two looks at the clock. */
const AT_ONCE = 16
const REPORT_EVERY_MS = 60_000

/** Fuzzes targets in turn in this process, each for the same time. Returns the number of inputs and findings of each. */
export class Decoders {
  readonly counts: Record<string, number> = {}
  readonly findings: DecoderFinding[] = []
  readonly #options: DecoderOptions
  readonly #runs: { target: FuzzTarget; inputs: Generator<FuzzInput, never> }[]

  constructor(targets: readonly FuzzTarget[], options: DecoderOptions) {
    this.#options = options
    this.#runs = targets.map((target) => ({ target, inputs: inputsFor(target, options.seed) }))
  }

  async all(): Promise<void> {
    const end = performance.now() + this.#options.seconds * 1000
    let reported = performance.now()
    while (performance.now() < end) {
      for (const { target, inputs } of this.#runs) await this.#slice(target, inputs)
      if (performance.now() - reported < REPORT_EVERY_MS) continue
      reported = performance.now()
      this.#options.report(this.summary())
    }
  }

  summary(): string {
    const each = Object.entries(this.counts).map(([name, count]) => `${name} ${count}`)
    const sum = Object.values(this.counts).reduce((total, count) => total + count, 0)
    return `${sum} inputs of decoders (${each.join(', ')})`
  }

  async #slice(target: FuzzTarget, inputs: Generator<FuzzInput, never>): Promise<void> {
    const end = performance.now() + SLICE_MS
    while (performance.now() < end) {
      for (let nth = 0; nth < AT_ONCE; nth++) await this.#try(target, inputs.next().value)
    }
    // What a target has begun may go on.
    await setImmediate()
  }

  async #try(target: FuzzTarget, input: FuzzInput): Promise<void> {
    this.counts[target.name] = (this.counts[target.name] ?? 0) + 1
    try {
      await attempt(target, input)
    } catch (error) {
      this.#found(target.name, input, error as Error)
    }
  }

  #found(target: string, { bytes, seed }: FuzzInput, { message, cause }: Error): void {
    const what = message.slice(0, 500)
    // Of the same fault, values differ.
    const kind = (text: string) => text.replace(/[0-9a-f]+|"[^"]*"/g, '')
    if (this.findings.some((known) => known.target === target && kind(known.what) === kind(what))) return
    const finding = { target, what, hex: Buffer.from(bytes).toString('hex'), seed }
    const folder = join(root, '.cache/fuzz')
    mkdirSync(folder, { recursive: true })
    const file = join(folder, `decoder-${this.#options.seed}-${target}-${this.findings.length}.json`)
    writeFileSync(file, JSON.stringify({ ...finding, stack: (cause as Error)?.stack }, null, 1))
    this.findings.push(finding)
    this.#options.report(`FOUND ${what}\n  ${file}`)
  }
}

/** Gives the input of a finding to its target again; rejects if it still shows the fault. */
export async function replayDecoder(file: string, targets: readonly FuzzTarget[]): Promise<void> {
  const finding = JSON.parse(readFileSync(file, 'utf8')) as DecoderFinding
  const target = targets.find(({ name }) => name === finding.target)
  if (target === undefined) throw new Error(`there is no target ${finding.target}`)
  await attempt(target, { bytes: Buffer.from(finding.hex, 'hex'), seed: finding.seed })
}

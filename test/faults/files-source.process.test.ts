import { appendFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { connect } from '../../src/client/index.js'
import { HubProcess } from '../e2e/hub-process.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

/** FILES_SEED: repeats a run; the seed of every run is printed. FILES_RUNS: how many stories; default 3. */
const seed = Number(process.env.FILES_SEED ?? Math.floor(Math.random() * 2 ** 31))
const numRuns = Number(process.env.FILES_RUNS ?? 3)

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ does: fc.constant('write' as const), lines: fc.integer({ min: 1, max: 300 }) }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('rotate' as const) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('truncate' as const) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('settle' as const) }) },
)
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never
/** Between two parts, a hub that runs is killed, and one that does not is started. */
const story = fc.array(
  fc.record({
    steps: fc.array(step, { minLength: 1, maxLength: 5 }),
    moment: fc.integer({ min: 0, max: 200 }),
  }),
  { minLength: 5, maxLength: 7 },
)

test('lines of a file that is written, rotated and truncated come once and in order from a hub that is killed', async () => {
  console.log(`files: FILES_SEED=${seed}`)
  const property = fc.asyncProperty(story, async (parts) => {
    await using scene = await Scene.start()
    for (const { steps, moment } of parts) {
      for (const each of steps) await scene.act(each)
      await setTimeout(moment)
      await scene.toggle()
    }
    await scene.settle()
    const found = await scene.found()
    expect(rangesOf(found), 'once and in order').toEqual(rangesOf([...new Set(found)].sort((a, b) => a - b)))
    const missing = scene.written.filter((number) => !found.includes(number))
    expect(missing.filter((number) => !scene.atRisk.has(number))).toEqual([])
  })
  await fc.assert(property, { seed, numRuns, endOnFailure: true })
}, 240_000)

/** Numbers that follow each other, as `first-last`, so that a failure can be read. */
function rangesOf(numbers: readonly number[]): string[] {
  const starts = numbers.flatMap((number, at) => (number === numbers[at - 1] + 1 ? [] : [at]))
  return starts.map((start, nth) => `${numbers[start]}-${numbers[(starts[nth + 1] ?? numbers.length) - 1]}`)
}

/** A log file, and a hub that follows it. */
class Scene implements AsyncDisposable {
  readonly written: number[] = []
  /** Lines that a truncation may have taken away before the hub had stored them. */
  readonly atRisk = new Set<number>()
  readonly #folder = temporaryFolder('files-kill')
  readonly #file = join(this.#folder, 'app.log')
  #hub: HubProcess | undefined
  /** Lines of the file that are not known to be stored. */
  #unsettled: number[] = []
  #isTruncated = false
  #rotations = 0

  static async start(): Promise<Scene> {
    const scene = new Scene()
    writeFileSync(scene.#file, '')
    // A hub that has never seen the file cannot know what was rotated away before.
    await scene.settle()
    return scene
  }

  async act(step: Step): Promise<void> {
    if (step.does === 'write') this.#write(step.lines)
    else if (step.does === 'rotate') this.#rotate()
    else if (step.does === 'truncate') this.#truncate()
    else await this.settle()
  }

  async toggle(): Promise<void> {
    const hub = this.#hub
    this.#hub = undefined
    if (hub !== undefined) await hub.signal('SIGKILL')
    else this.#hub = await HubProcess.start({ folder: this.#folder, sources: true, config: this.#config })
  }

  /** Waits until a further line is stored, and everything before it is on disk. */
  async settle(): Promise<void> {
    if (this.#hub === undefined) await this.toggle()
    const last = this.#write(1)
    await vi.waitFor(async () => expect((await this.found()).at(-1)).toBe(last))
    await using client = await connect({ address: this.#socket })
    await client.publish('settled', last, { ack: 'durable' })
    this.#unsettled = []
    this.#isTruncated = false
  }

  async found(): Promise<number[]> {
    const lines = await this.#read(`host/${hostname()}/files/app/line`)
    return lines.map((data) => Number((data as { line: string }).line.split(' ')[1]))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#hub?.[Symbol.asyncDispose]()
  }

  #write(lines: number): number {
    const first = this.written.length + 1
    const numbers = Array.from({ length: lines }, (_, i) => first + i)
    appendFileSync(this.#file, numbers.map((number) => `line ${number}\n`).join(''))
    this.written.push(...numbers)
    this.#unsettled.push(...numbers)
    if (this.#isTruncated) this.#riskAll()
    return numbers.at(-1)!
  }

  /** The content of a file that was truncated while no hub ran cannot be found under another name. */
  #rotate(): void {
    renameSync(this.#file, `${this.#file}.${++this.#rotations}`)
    writeFileSync(this.#file, '')
    if (!this.#isTruncated) return
    this.#isTruncated = false
    this.#unsettled = []
  }

  #truncate(): void {
    truncateSync(this.#file)
    this.#isTruncated = true
    this.#riskAll()
  }

  #riskAll(): void {
    for (const number of this.#unsettled) this.atRisk.add(number)
  }

  async #read(tag: string): Promise<unknown[]> {
    await using client = await connect({ address: this.#socket })
    const read = []
    for await (const { data } of client.read(tag).events()) read.push(data)
    return read
  }

  get #socket(): string {
    return join(this.#folder, 'tocsin.sock')
  }

  get #config(): string {
    const files = [{ name: 'app', lines: [this.#file], from: 'start', partialAfter: '1h' }]
    return JSON.stringify({ sources: { system: { enabled: false }, files } })
  }
}

import { statSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { setTimeout } from 'node:timers/promises'
import { afterEach, expect, it, vi } from 'vitest'
import { filesConfig, filesSource } from '../../../src/sources/files/index.js'
import { SourceRunner } from '../../../src/sources/runner.js'
import { clockByHand } from '../../helpers/fake-runtime.js'
import { FakeHost } from '../../helpers/fake-source-host.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { repeats } from '../../helpers/repeats.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { faultsOf } from './missing-lines.js'
import { RotatingLog } from './rotating-log.js'

const RUNS = repeats(2, 1000)
const SEED = Number(process.env.TRUNCATION_SEED ?? Math.floor(Math.random() * 2 ** 31))
const END = 'the end'
/** Less than a minute in all. After that renamed files are closed, and here they are not older than what follows. */
const STEPS = 25
const names: readonly ('stat' | 'read')[] = ['stat', 'read']

afterEach(() => {
  vi.restoreAllMocks()
})

/** A generator of numbers from 0 to 1 (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A source that follows a log, which changes at any moment: also between the calls with which the source reads it. */
class World {
  readonly story: string[] = []
  readonly #random: () => number
  readonly #folder = temporaryFolder('truncation')
  readonly #clock = Object.assign(clockByHand(), { now: realRuntime.now })
  readonly host = new FakeHost(this.#clock)
  readonly log: RotatingLog
  #runner: SourceRunner | undefined
  #changesInside = false
  /** Number of calls that have begun, and that have ended. */
  #calls = 0
  /** The source has found the size that the log has now. */
  #isSeen = false
  /** Events that the hub accepts. */
  #budget = 0

  constructor(seed: number) {
    this.#random = randomFrom(seed)
    this.log = new RotatingLog(this.#folder, this.#random)
    const publish = this.host.publish.bind(this.host)
    this.host.publish = (event) => (event.tag.startsWith('hub/') || this.#budget-- > 0) && publish(event)
  }

  /** Lets the log change after calls. */
  async watchCalls(): Promise<void> {
    const probe = await open('/dev/null')
    const prototype: FileHandle = Object.getPrototypeOf(probe)
    await probe.close()
    const world = this
    for (const name of names) {
      const call = prototype[name] as (this: FileHandle, ...args: unknown[]) => Promise<unknown>
      vi.spyOn(prototype, name).mockImplementation(async function (this: FileHandle, ...args: unknown[]) {
        world.#calls++
        const result = (await call.apply(this, args)) as never
        if (name === 'stat') world.#noteSize(result)
        world.#changeInside(name)
        world.#calls++
        return result
      } as never)
    }
  }

  async run(): Promise<void> {
    await this.#start()
    this.#changesInside = true
    for (let step = 0; step < STEPS; step++) {
      if (this.#random() < 0.6) this.story.push(this.log.change(true))
      this.#budget = this.#random() < 0.4 ? 0 : Math.floor(this.#random() * 40)
      await this.#pass(this.#random() < 0.3 ? 2_500 : 150, 1 + this.#random() * 6)
      if (this.#random() < 0.15) await this.#letLook()
      if (this.#random() < 0.1) await this.#restart()
    }
    this.#changesInside = false
    this.#budget = Infinity
    await this.#settle()
    await this.#runner?.stop()
  }

  #changeInside(name: string): void {
    if (!this.#changesInside || this.#random() > 0.03) return
    this.story.push(`after ${name}: ${this.log.change(true)}`)
  }

  #noteSize({ ino, size }: { ino: bigint; size: bigint }): void {
    const file = statSync(this.log.path)
    this.#isSeen ||= Number(ino) === file.ino && Number(size) === file.size
  }

  /** Long enough for the source to look at all files, although the hub may accept nothing. */
  async #letLook(): Promise<void> {
    this.#changesInside = false
    this.#isSeen = false
    // What was read to its end is looked at only if it changes.
    this.story.push(this.log.append(1))
    for (let turn = 0; turn < 20 && !this.#isSeen; turn++) await this.#turn()
    for (let turn = 0; turn < 25 && this.#isSeen; turn++) await this.#turn()
    if (this.#isSeen) this.log.lookedAt()
    this.story.push(this.#isSeen ? 'looked' : 'not looked')
    this.#changesInside = true
  }

  async #turn(): Promise<void> {
    await this.#pass(100, 1)
    for (let before = -1; before !== this.#calls; await setTimeout(2)) before = this.#calls
  }

  async #restart(): Promise<void> {
    this.#changesInside = false
    await this.#runner?.stop()
    this.log.stopWatching()
    this.story.push('stop')
    for (let nth = this.#random() * 4; nth >= 1; nth--) this.story.push(this.log.change(false))
    await this.#start()
    this.story.push('start')
    this.#changesInside = true
  }

  async #start(): Promise<void> {
    const [config] = filesConfig.parse([
      { name: 't', lines: [this.log.path], from: 'start', partialAfter: '1h' },
    ])
    const runner = new SourceRunner(filesSource(config), this.host)
    this.#runner = runner
    runner.start()
    await vi.waitFor(() => expect(runner.status().state).toBe('up'), { timeout: 20_000, interval: 1 })
  }

  /** Lets time pass, and the source do a part of its work. */
  async #pass(ms: number, turns: number): Promise<void> {
    for (let turn = 0; turn < turns; turn++) {
      this.#clock.advance(ms / turns)
      await setTimeout(1)
    }
  }

  async #settle(): Promise<void> {
    this.log.end(END)
    const isOver = () => this.host.events.some(({ data }) => (data as { line?: string }).line === END)
    await vi.waitFor(
      async () => {
        await this.#pass(300, 3)
        expect(isOver()).toBe(true)
      },
      { timeout: 20_000, interval: 1 },
    )
    await this.#pass(5_000, 10)
  }
}

it(
  'each line is published once, or is in one gap, whatever happens to the file and whenever',
  async () => {
    for (let run = 0; run < RUNS; run++) {
      const world = new World(SEED + run)
      await world.watchCalls()
      await world.run()
      vi.restoreAllMocks()
      const lines = world.host.data('host/web1/files/t/line')
      const gaps = world.host.data('hub/gap/files/t').map(({ reason }) => String(reason))
      const faults = faultsOf(world.log.contents, lines, gaps)
      const story = () => [`TRUNCATION_SEED=${SEED + run}`, ...world.story, ...gaps, ...faults].join('\n')
      expect(faults.length === 0 ? '' : story()).toBe('')
    }
  },
  60_000 + RUNS * 20_000,
)

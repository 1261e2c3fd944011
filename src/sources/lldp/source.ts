import { z } from 'zod'
import { parseStrictJson } from '../../event/json/strict.js'
import type { Cancel } from '../../event/runtime.js'
import { tagSegment } from '../../event/tag.js'
import { programEnvironment } from '../../jobs/user-environment.js'
import { Program } from '../../processes/supervised-program.js'
import { firstLine, outputOf, type RunProgram } from '../run-program.js'
import type { Source, SourceContext, SourceHealth } from '../source.js'
import type { LldpConfig } from './config.js'
import {
  changesOf,
  followed,
  type HeardNeighbour,
  heardNeighbour,
  keyOf,
  type NeighbourChange,
  readNeighbours,
} from './neighbours.js'

const PROGRAM = 'lldpcli'
const KILL_AFTER_MS = 2_000
/** Several neighbours often change together. */
const GATHER_MS = 200
/** lldpd is asked this often, even if it has not said that something changed. */
const INTERVAL_MS = 60_000
const RETRY_MS = 1_000

/** Publishes changes of the neighbours of this host: lldpd says that something has changed, and is asked for all of them. */
export class LldpSource implements Source {
  readonly #config: LldpConfig
  readonly #run: RunProgram
  #context!: SourceContext
  #watch: Program | undefined
  #known = new Map<string, HeardNeighbour>()
  /**
   * Until when those that were known at the start may still be missing, ms (monotonic): lldpd forgets its neighbours when
   * it is restarted, and hears of them again with their next messages.
   */
  readonly #awaited = new Map<string, number>()
  #next: Cancel | undefined
  /** When lldpd is asked next, ms (monotonic). */
  #due = Number.POSITIVE_INFINITY
  #isLooking = false
  /** Something has changed while lldpd was asked. */
  #isStale = false
  #tooMany = false
  #isStopped = false

  constructor(config: LldpConfig, run: RunProgram) {
    this.#config = config
    this.#run = run
  }

  async start(context: SourceContext): Promise<void> {
    this.#context = context
    const before = await context.load((stored) => z.array(heardNeighbour()).parse(stored))
    this.#known = byKey(before ?? [])
    const now = context.runtime.monotonic()
    for (const [key, { ttl }] of this.#known) this.#awaited.set(key, now + ttl * 1_000)
    this.#publish(await this.#ask())
    if (this.#isStopped) return
    this.#follow()
    // This finds changes in between.
    this.#later(GATHER_MS)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#next?.()
    this.#watch?.stop()
    await this.#watch?.ended
  }

  health(): SourceHealth {
    const reason = this.#tooMany ? 'there are more neighbours than can be followed' : undefined
    return {
      state: reason === undefined ? 'up' : 'degraded',
      reason,
      details: { neighbours: this.#known.size },
    }
  }

  #follow(): void {
    const { runtime, failed } = this.#context
    const words = [PROGRAM, ...this.#options, 'watch']
    const environment = programEnvironment()
    const watch = new Program({ words, folder: '/', environment, killAfter: KILL_AFTER_MS, runtime })
    this.#watch = watch
    let complaint = ''
    watch.stdout.on('data', () => this.#later(GATHER_MS))
    watch.stderr.on('data', (text: Buffer) => {
      complaint = `${complaint}${text}`.slice(0, 1_000)
    })
    void watch.ended.then(() => {
      if (!this.#isStopped) failed(new Error(firstLine(complaint) || `${PROGRAM} has ended`))
    })
  }

  get #options(): string[] {
    const { socket } = this.#config
    return [...(socket === undefined ? [] : ['-u', socket]), '-f', 'json0']
  }

  /** Asks lldpd after this time, or sooner if that is due. */
  #later(ms: number): void {
    if (this.#isLooking) this.#isStale = true
    const { runtime } = this.#context
    const due = runtime.monotonic() + ms
    if (this.#isStopped || this.#isLooking || due >= this.#due) return
    this.#due = due
    this.#next?.()
    this.#next = runtime.after(ms, () => void this.#look())
  }

  async #look(): Promise<void> {
    this.#isLooking = true
    this.#due = Number.POSITIVE_INFINITY
    this.#isStale = false
    try {
      const isAllPublished = this.#publish(await this.#ask())
      this.#isLooking = false
      this.#later(!isAllPublished ? RETRY_MS : this.#isStale ? GATHER_MS : this.#pause())
    } catch (error) {
      if (!this.#isStopped) this.#context.failed(error)
    }
  }

  /** The time until the first one that is missing is gone, or the usual one. */
  #pause(): number {
    const now = this.#context.runtime.monotonic()
    const left = [...this.#awaited.values()].map((until) => until - now)
    return Math.max(GATHER_MS, Math.min(INTERVAL_MS, ...left))
  }

  async #ask(): Promise<HeardNeighbour[]> {
    const output = outputOf(await this.#run(PROGRAM, [...this.#options, 'show', 'neighbors', 'details']))
    const found = readNeighbours(parseStrictJson(output))
    const taken = followed(found)
    this.#tooMany = taken.length < found.length
    return taken
  }

  /** Returns false if the hub has not accepted all. */
  #publish(heard: readonly HeardNeighbour[]): boolean {
    if (this.#isStopped) return true
    const now = byKey(followed([...heard, ...this.#missing(byKey(heard))]))
    if (!changesOf(this.#known, now).every((change) => this.#attempt(change))) return false
    // A neighbour that promises another time has said nothing else.
    const isOther = [...now].some(([key, { ttl }]) => this.#known.get(key)?.ttl !== ttl)
    this.#known = now
    if (isOther) this.#context.moved(() => [...this.#known.values()])
    return true
  }

  /** Those that were known at the start, have not been heard since, and still have time. */
  #missing(heard: ReadonlyMap<string, HeardNeighbour>): HeardNeighbour[] {
    const now = this.#context.runtime.monotonic()
    for (const [key, until] of this.#awaited) if (heard.has(key) || until <= now) this.#awaited.delete(key)
    return [...this.#known].filter(([key]) => this.#awaited.has(key)).map(([, each]) => each)
  }

  #attempt({ ttl, ...data }: NeighbourChange): boolean {
    const { change, ...neighbour } = data
    const key = keyOf(neighbour)
    const place = `${change} ${key}`
    const path = `${tagSegment(neighbour.interface)}/${change}`
    const take = () => this.#context.publish(path, data)
    if (!this.#context.attempt(take, () => ({ place, raw: JSON.stringify(data) }))) return false
    if (change === 'deleted') this.#known.delete(key)
    else this.#known.set(key, { ...neighbour, ttl })
    this.#context.moved(() => [...this.#known.values()])
    return true
  }
}

function byKey(neighbours: readonly HeardNeighbour[]): Map<string, HeardNeighbour> {
  return new Map(neighbours.map((each) => [keyOf(each), each]))
}

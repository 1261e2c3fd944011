import type { Cancel, Runtime } from '../event/runtime.js'
import { tagSegment } from '../event/tag.js'
import { PositionKeeper } from './position-keeper.js'
import { Reports } from './reports.js'
import type { Source, SourceContext, SourceDefinition, SourceHost, SourceStatus } from './source.js'
import { within } from './within.js'

const FIRST_PAUSE = 1_000
const LONGEST_PAUSE = 60_000
/** A run of this length starts the pauses anew. */
const STEADY = 60_000
const START_LIMIT = 30_000
const STOP_LIMIT = 5_000
const KEEP_LIMIT = 2_000

/** One life of the source between start and stop. A context whose run is over does nothing. */
interface Run {
  source: Source
  over: boolean
  startedAt: number
}

/** Runs one source: starts it, starts it again when it fails, watches for silence, keeps its position. */
export class SourceRunner {
  readonly name: string
  readonly origin: string
  readonly #definition: SourceDefinition
  readonly #host: SourceHost
  readonly #runtime: Runtime
  readonly #reports: Reports
  readonly #positions: PositionKeeper
  #run: Run | undefined
  #ending: Promise<void> = Promise.resolve()
  #state: SourceStatus['state'] = 'stopped'
  #since: number
  #reason: string | undefined
  #failures = 0
  #restarts = 0
  #events = 0
  #lost = 0
  #lastEvent: number | undefined
  #lastActivity = 0
  #restart: Cancel | undefined
  #silence: Cancel | undefined

  constructor(definition: SourceDefinition, host: SourceHost) {
    this.#definition = definition
    this.#host = host
    this.#runtime = host.runtime
    this.name = definition.name
    this.origin = definition.origin ?? `host/${tagSegment(host.hostname)}/${definition.name}`
    this.#reports = new Reports(host, definition.name)
    this.#positions = new PositionKeeper(host, definition.name)
    this.#since = this.#runtime.now()
  }

  start(): void {
    if (this.#state !== 'stopped') return
    this.#enter('starting')
    void this.#launch()
  }

  /** Resolves within a few seconds, also when the source hangs. */
  async stop(): Promise<void> {
    if (this.#state === 'stopped') return this.#ending
    this.#restart?.()
    const wasDown = this.#state === 'down'
    this.#enter('stopped')
    this.#end()
    await this.#ending
    if (!wasDown) this.#reports.state('down', 'stopped', this.#since)
    this.#reports.close()
    await within(this.#runtime, KEEP_LIMIT, this.#positions.keepGaps(this.#reports.gaps)).catch(() => {})
  }

  status(): SourceStatus {
    return {
      name: this.name,
      origin: this.origin,
      state: this.#state,
      since: this.#since,
      reason: this.#reason,
      events: this.#events,
      lost: this.#lost,
      lastEvent: this.#lastEvent,
      restarts: this.#restarts,
      health: this.#health(),
    }
  }

  inspect(): readonly object[] {
    return this.#definition.inspect?.() ?? []
  }

  async #launch(): Promise<void> {
    let run: Run | undefined
    try {
      run = { source: this.#definition.create(), over: false, startedAt: this.#runtime.monotonic() }
      this.#run = run
      await within(this.#runtime, START_LIMIT, run.source.start(this.#context(run)))
    } catch (error) {
      this.#fail(run, error)
      return
    }
    if (run.over) return
    const recovered = this.#failures > 0
    run.startedAt = this.#runtime.monotonic()
    this.#enter('up')
    this.#reports.state(recovered ? 'back' : 'up', recovered ? 'started again' : 'started', this.#since)
    this.#watchSilence()
  }

  #fail(run: Run | undefined, error: unknown): void {
    if (run !== this.#run || this.#state === 'stopped') return
    const reason = error instanceof Error ? error.message : String(error)
    const ran = run ? this.#runtime.monotonic() - run.startedAt : 0
    if (this.#state !== 'starting' && ran >= STEADY) this.#failures = 0
    this.#failures++
    const known = this.#state === 'starting' && this.#failures > 1 && this.#reason === reason
    this.#enter('down', reason)
    if (!known) this.#reports.state('down', reason, this.#since)
    this.#end()
    void this.#ending.then(() => this.#scheduleRestart())
  }

  #scheduleRestart(): void {
    if (this.#state !== 'down') return
    const pause = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (this.#failures - 1))
    const jitter = (this.#runtime.random(1)[0] / 256) * 0.25
    this.#restart = this.#runtime.after(pause * (1 - jitter), () => {
      this.#restarts++
      this.#state = 'starting'
      void this.#launch()
    })
  }

  /** Ends the current run; `#ending` resolves when it has stopped and its position is kept. */
  #end(): void {
    const run = this.#run
    this.#run = undefined
    this.#silence?.()
    if (!run) return
    run.over = true
    const stop = async () => {
      await within(this.#runtime, STOP_LIMIT, run.source.stop()).catch(() => {})
      await within(this.#runtime, KEEP_LIMIT, this.#positions.keep()).catch(() => {})
      this.#positions.release()
    }
    this.#ending = this.#ending.then(stop)
  }

  #context(run: Run): SourceContext {
    return {
      origin: this.origin,
      runtime: this.#runtime,
      epoch: this.#host.epoch,
      largestFrame: this.#host.largestFrame,
      publish: (path, data, place) => {
        if (run.over) return false
        this.#noticeActivity()
        const taken = this.#host.publish({
          tag: `${this.origin}/${path}`,
          source: this.origin,
          data,
          // No name of a principal has a colon, so that no publisher can have the same stream.
          place: place && { stream: `source:${this.name}/${place.stream}`, counter: place.counter },
        })
        if (taken) this.#count(1)
        return taken
      },
      publishFrames: (frames, count) => {
        if (run.over) return false
        this.#noticeActivity()
        const taken = this.#host.publishFrames(frames, count)
        if (taken) this.#count(count)
        return taken
      },
      subscribe: (request, sink) => this.#host.subscribe(request, sink),
      lost: (count, reason, since) => {
        if (run.over || count === 0) return
        this.#lost += count ?? 0
        this.#reports.lost(count, reason, since)
      },
      failed: (error) => this.#fail(run, error),
      load: () => this.#load(),
      moved: (read) => {
        if (!run.over) this.#positions.moved(read)
      },
      keep: () => this.#positions.keep(),
    }
  }

  #count(events: number): void {
    this.#events += events
    this.#lastEvent = this.#runtime.now()
  }

  async #load(): Promise<unknown> {
    const { position, gaps } = await this.#positions.load()
    if (gaps?.length) {
      this.#reports.restore(gaps)
      if (this.#reports.gaps.length === 0) await this.#positions.keepGaps([])
    }
    return position
  }

  #noticeActivity(): void {
    this.#lastActivity = this.#runtime.monotonic()
    if (this.#state !== 'silent') return
    this.#enter('up')
    this.#reports.state('back', 'events come again', this.#since)
    this.#watchSilence()
  }

  #watchSilence(): void {
    const limit = this.#definition.silentAfter ?? 0
    if (limit <= 0) return
    this.#silence?.()
    const startedAt = this.#run?.startedAt ?? 0
    const idle = this.#runtime.monotonic() - Math.max(this.#lastActivity, startedAt)
    this.#silence = this.#runtime.after(Math.max(1, limit - idle), () => this.#checkSilence(limit))
  }

  #checkSilence(limit: number): void {
    if (this.#state !== 'up') return
    const quiet = this.#runtime.monotonic() - Math.max(this.#lastActivity, this.#run?.startedAt ?? 0)
    if (quiet < limit) {
      this.#watchSilence()
      return
    }
    const reason = `no event for ${Math.round(quiet / 1000)} s`
    this.#enter('silent', reason)
    this.#reports.state('silent', reason, this.#since)
  }

  #health(): SourceStatus['health'] {
    const health = this.#run?.source.health()
    if (!health || !this.#positions.fault) return health
    return { state: 'degraded', details: { ...health.details, position: this.#positions.fault } }
  }

  #enter(state: SourceStatus['state'], reason?: string): void {
    this.#state = state
    this.#reason = reason
    this.#since = this.#runtime.now()
  }
}

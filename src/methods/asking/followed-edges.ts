import { TocsinError, toTocsinError } from '../../errors/tocsin-error.js'
import { Event } from '../../event/event.js'
import { frameBytes, frameSeq } from '../../event/frame.js'
import { formatTime } from '../../event/position.js'
import type { Cancel } from '../../event/runtime.js'
import type { OtherEdges } from '../askable-edge.js'
import { Cancellation } from '../cancellation.js'
import type { EdgesPart } from '../contract/index.js'
import type { Call } from '../method.js'
import { bytesFor, type EdgePage, readEdgePage } from './edge-page.js'
import { EDGE_ATTRIBUTE, labelledEvent } from './labelled-event.js'
import type { Originals } from './originals.js'
import type { AskingContext, EdgeQuestion, HubToAsk } from './question.js'
import type { SeenEvents } from './seen-events.js'

/** Time for which a hub waits for an event before it answers that there is none, ms. */
const WAIT_MS = 20_000
/** An answer that takes longer counts as none. */
const LATE_MS = 30_000
/** Pauses before a hub is asked again: after an empty answer that came at once, and after failures, ms. */
const [AGAIN_MS, LONGEST_MS] = [1_000, 30_000]
/** Pause before other hubs of the cluster are asked which edge hubs have come to them, ms. */
const ELSEWHERE_MS = 5_000
const MOST_BYTES = 128 * 1024
const MOST_EVENTS = 1_000
/**
 * The clocks of edge hubs of an edge hub may differ by this much, µs: these have one place together, and are read from
 * before it.
 */
const OVERLAP = 5_000_000

/**
 * The events that edge hubs store from now on, as they come. Each hub is asked for the next ones when the reader has
 * taken those before; a hub that was away continues where it was, and one that is new is asked too.
 */
export class FollowedEdges {
  readonly #context: AskingContext
  readonly #call: Call
  readonly #question: EdgeQuestion
  readonly #wanted: Readonly<Record<string, unknown>>
  readonly #originals: Originals
  readonly #since: string
  /** Where each hub continues, by its name. */
  readonly #places: Map<string, string>
  /** The connections to use, by the name of the hub: a newer one takes the place of one that was lost. */
  readonly #hubs = new Map<string, HubToAsk>()
  readonly #followed = new Set<string>()
  readonly #told = new Set<string>()
  readonly #recent: SeenEvents
  readonly #cancellation = new Cancellation()
  #sending: Promise<void> = Promise.resolve()
  #isOver = false
  #fail: (error: unknown) => void = () => {}

  /** `places`: where hubs continue that have been read already. */
  constructor(
    context: AskingContext,
    call: Call,
    question: EdgeQuestion,
    { filters }: { readonly filters: object },
    places: Map<string, string>,
    { originals, recent }: { originals: Originals; recent: SeenEvents },
  ) {
    this.#context = context
    this.#call = call
    this.#question = question
    this.#wanted = { filters }
    this.#places = places
    this.#originals = originals
    this.#recent = recent
    this.#since = formatTime(context.runtime.now())
  }

  /** Ends when the caller leaves or loses rights, with a rejection. */
  async run(): Promise<never> {
    const { edges, runtime } = this.#context
    const { signal } = this.#call
    const end: Cancel = edges.observe({
      // It is not welcomed yet, and must hear that first.
      attached: ({ name }) => runtime.soon(() => this.#join(name)),
      detached: () => {},
      refused: () => {},
    })
    if (edges.elsewhere !== undefined) void this.#lookElsewhere(edges.elsewhere)
    const leave = () => this.#fail(signal.reason)
    try {
      await new Promise<never>((_, reject) => {
        this.#fail = reject
        signal.addEventListener('abort', leave, { once: true })
        if (signal.aborted) reject(signal.reason)
        for (const hub of this.#question.asked) this.#begin(hub)
      })
      throw new TocsinError('TCN_CLIENT_ABORTED')
    } finally {
      this.#isOver = true
      this.#cancellation.cancel(signal.reason)
      signal.removeEventListener('abort', leave)
      end()
    }
  }

  /** Edge hubs come to other hubs of the cluster too. */
  async #lookElsewhere(elsewhere: OtherEdges): Promise<void> {
    for (;;) {
      await this.#pause(ELSEWHERE_MS)
      if (this.#isOver) return
      await elsewhere.refresh()
      for (const { name } of elsewhere) this.#join(name)
    }
  }

  #join(name: string): void {
    if (!this.#isOver) for (const hub of this.#question.join(name)) this.#begin(hub)
  }

  #begin(hub: HubToAsk): void {
    const { stream } = hub
    const isNew = !this.#hubs.has(stream) && !this.#places.has(stream)
    this.#hubs.set(stream, hub)
    if (this.#followed.has(stream)) return
    this.#followed.add(stream)
    if (isNew || this.#question.isMissing(hub)) this.#told.add(stream)
    void this.#follow(stream).finally(() => this.#followed.delete(stream))
  }

  /** Until the hub is away. */
  async #follow(stream: string): Promise<void> {
    for (let pause = AGAIN_MS; !this.#isOver; ) {
      const hub = this.#hubs.get(stream)
      if (hub === undefined) return
      try {
        await this.#next(hub)
        pause = AGAIN_MS
      } catch (thrown) {
        const error = toTocsinError(thrown, 'TCN_METHOD_FAILED')
        if (this.#isOver) return
        if (this.#hubs.get(stream) === hub && !this.#told.has(stream)) await this.#tellMissing(hub, error)
        // It may have come back while the reader was slow.
        if (this.#hubs.get(stream) !== hub) continue
        if (error.code === 'TCN_EDGE_AWAY') return
        await this.#pause(pause)
        pause = Math.min(2 * pause, LONGEST_MS)
      }
    }
  }

  #tellBack(hub: HubToAsk): Promise<void> {
    this.#question.found(hub)
    return this.#tell({ back: [hub.stream] })
  }

  async #tellMissing({ stream }: HubToAsk, error: TocsinError): Promise<void> {
    const { code, message: reason } = error
    this.#told.add(stream)
    this.#question.miss(stream, error)
    await this.#tell({ missing: [{ edge: stream, code, reason }] }).catch(this.#fail)
  }

  async #next(hub: HubToAsk): Promise<void> {
    const { stream, choice } = hub
    const { runtime } = this.#context
    this.#checkRights()
    const asked = runtime.monotonic()
    const page = await this.#ask(hub)
    this.#checkRights()
    if (this.#told.delete(stream)) await this.#tellBack(hub)
    this.#originals.learn(hub, page)
    const frames = this.#shown(hub, page)
    const gaps = page.gaps.map((gap) => ({ ...gap, edge: `${stream}${gap.edge ?? ''}` }))
    if (frames.length > 0 || gaps.length > 0)
      await this.#tell({ frames: Buffer.concat(frames), count: frames.length, gaps })
    if (choice === undefined || page.next !== undefined) this.#places.set(stream, page.next ?? page.cursor)
    else if (page.last !== undefined) this.#places.set(stream, formatTime(page.last.time - OVERLAP))
    const isEmpty = page.frames.length === 0 && page.next === undefined
    const isEarly = isEmpty && runtime.monotonic() - asked < AGAIN_MS
    if (isEarly || (choice !== undefined && page.next === undefined)) await this.#pause(AGAIN_MS)
  }

  /** The rights may change while a reader follows for days. */
  #checkRights(): void {
    try {
      this.#question.checkRights()
    } catch (error) {
      this.#isOver = true
      this.#fail(error)
      throw error
    }
  }

  #shown(hub: HubToAsk, { frames, epoch }: EdgePage): Uint8Array[] {
    const shown: Uint8Array[] = []
    for (let at = 0; at < frames.length; at += frameBytes(frames, at)) {
      const { attributes } = new Event(frames, at)
      const isNew = () =>
        this.#recent.add(hub.stream, String(attributes[EDGE_ATTRIBUTE]), frameSeq(frames, at))
      const isHidden =
        !this.#question.isVisible(frames, at) ||
        this.#originals.has(hub, frames, at, attributes) ||
        (hub.choice !== undefined && !isNew())
      if (!isHidden) shown.push(labelledEvent(hub, epoch, frames, at, attributes))
    }
    this.#question.count(shown.length, frames.length)
    return shown
  }

  async #ask(hub: HubToAsk): Promise<EdgePage> {
    const cancellation = new Cancellation()
    const end = this.#cancellation.onCancel(() => cancellation.cancel(this.#cancellation.reason))
    const late = new TocsinError('TCN_EDGE_LATE')
    const stop = this.#context.runtime.after(LATE_MS, () => cancellation.cancel(late))
    const bounds = { limit: MOST_EVENTS, bytes: bytesFor(this.#hubs.size, MOST_BYTES) }
    const from = this.#places.get(hub.stream) ?? this.#since
    // One that is back says so at once.
    const wait = hub.choice === undefined && !this.#told.has(hub.stream) ? { wait: WAIT_MS } : {}
    try {
      const answer = await hub.ask(
        'events.read',
        { ...this.#wanted, ...bounds, ...wait, from, otherwise: 'start' },
        cancellation,
      )
      return readEdgePage(answer, hub, { ...bounds, isBackwards: false, after: undefined })
    } catch (error) {
      throw cancellation.reason === late ? late : error
    } finally {
      stop()
      end()
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#context.runtime.after(ms, resolve))
  }

  /** One after another: each waits until the reader has room. */
  #tell(part: Partial<EdgesPart>): Promise<void> {
    const sent = this.#sending.then(() => this.#call.part({ frames: NOTHING, count: 0, gaps: [], ...part }))
    this.#sending = sent.catch(() => {})
    return sent
  }
}

const NOTHING = new Uint8Array(0)

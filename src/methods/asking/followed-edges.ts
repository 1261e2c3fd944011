import { TocsinError, toTocsinError } from '../../errors/tocsin-error.js'
import { Event } from '../../event/event.js'
import { frameBytes } from '../../event/frame.js'
import { formatTime } from '../../event/position.js'
import type { Cancel } from '../../event/runtime.js'
import type { EdgesPart } from '../contract/index.js'
import type { Call } from '../method.js'
import { type EdgePage, readEdgePage } from './edge-page.js'
import { labelledEvent } from './labelled-event.js'
import type { AskingContext, EdgeQuestion, HubToAsk } from './question.js'

/** Time for which a hub waits for an event before it answers that there is none, ms. */
const WAIT_MS = 20_000
/** More than that, its connection is lost. */
const LATE_MS = 30_000
/** Hubs behind others are asked again after this time, ms. */
const AGAIN_MS = 1_000
const PAGE = { limit: 1_000, bytes: 128 * 1024 }

/**
 * The events that edge hubs store from now on, as they come. Each hub is asked for the next ones when the reader has
 * taken those before; a hub that was away continues where it was, and one that is new is asked too.
 */
export class FollowedEdges {
  readonly #context: AskingContext
  readonly #call: Call
  readonly #question: EdgeQuestion
  readonly #wanted: Readonly<Record<string, unknown>>
  readonly #since: string
  /** Where each hub continues, by its name. */
  readonly #places: Map<string, string>
  readonly #followed = new Set<string>()
  #fail: (error: unknown) => void = () => {}

  /** `places`: where hubs continue that have been read already. */
  constructor(
    context: AskingContext,
    call: Call,
    question: EdgeQuestion,
    wanted: Readonly<Record<string, unknown>>,
    places: Map<string, string>,
  ) {
    this.#context = context
    this.#call = call
    this.#question = question
    this.#wanted = wanted
    this.#places = places
    this.#since = formatTime(context.runtime.now())
  }

  /** Ends when the caller leaves, with a rejection. */
  async run(): Promise<never> {
    const { edges, runtime } = this.#context
    const { signal } = this.#call
    const end: Cancel = edges.observe({
      // It is not welcomed yet, and must hear that first.
      attached: ({ principal, name }) => runtime.soon(() => this.#join(principal, name)),
      detached: () => {},
      refused: () => {},
    })
    try {
      await new Promise<never>((_, reject) => {
        this.#fail = reject
        signal.addEventListener('abort', () => reject(signal.reason), { once: true })
        if (signal.aborted) reject(signal.reason)
        for (const hub of this.#question.asked) if (!this.#question.isMissing(hub)) void this.#follow(hub)
      })
      throw new TocsinError('TCN_CLIENT_ABORTED')
    } finally {
      end()
    }
  }

  #join(principal: string, name: string): void {
    const edge = this.#context.edges.find(principal, name)
    if (edge === undefined || this.#call.signal.aborted) return
    for (const hub of this.#question.join(edge)) void this.#follow(hub)
  }

  /** Until the hub is away. */
  async #follow(hub: HubToAsk): Promise<void> {
    const { stream } = hub
    if (this.#followed.has(stream)) return
    this.#followed.add(stream)
    try {
      await this.#tell(this.#question.isBack(hub) ? { back: [stream] } : {})
      for (;;) await this.#next(hub)
    } catch (thrown) {
      if (this.#call.signal.aborted) return
      const { code, message } = toTocsinError(thrown, 'TCN_METHOD_FAILED')
      this.#question.miss(stream, thrown)
      await this.#tell({ missing: [{ edge: stream, code, reason: message }] }).catch(this.#fail)
    } finally {
      this.#followed.delete(stream)
    }
  }

  async #next(hub: HubToAsk): Promise<void> {
    const page = await this.#ask(hub)
    const frames: Uint8Array[] = []
    const { stream, choice } = hub
    for (let at = 0; at < page.frames.length; at += frameBytes(page.frames, at))
      if (this.#question.isVisible(page.frames, at))
        frames.push(labelledEvent(hub, page.epoch, page.frames, at, new Event(page.frames, at).attributes))
    const bytes = Buffer.concat(frames)
    this.#question.count(frames.length, bytes.length)
    const gaps = page.gaps.map((gap) => ({ ...gap, edge: stream }))
    if (frames.length > 0 || gaps.length > 0) await this.#tell({ frames: bytes, count: frames.length, gaps })
    this.#places.set(stream, page.next ?? page.cursor)
    if (choice !== undefined && page.next === undefined) await this.#pause(AGAIN_MS)
  }

  async #ask(hub: HubToAsk): Promise<EdgePage> {
    const late = new AbortController()
    const cancel = this.#context.runtime.after(LATE_MS, () => late.abort())
    const from = this.#places.get(hub.stream) ?? this.#since
    const wait = hub.choice === undefined ? { wait: WAIT_MS } : {}
    const asked = { ...this.#wanted, ...PAGE, ...wait, from, otherwise: 'start' }
    try {
      const signal = AbortSignal.any([this.#call.signal, late.signal])
      return readEdgePage(await hub.ask('events.read', asked, signal))
    } catch (error) {
      throw late.signal.aborted ? new TocsinError('TCN_EDGE_LATE') : error
    } finally {
      cancel()
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#context.runtime.after(ms, resolve))
  }

  async #tell(part: Partial<EdgesPart>): Promise<void> {
    if (Object.keys(part).length > 0) await this.#call.part({ frames: NOTHING, count: 0, gaps: [], ...part })
  }
}

const NOTHING = new Uint8Array(0)

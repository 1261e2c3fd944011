import type { Client, Subscription } from '../../../client/api.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { toCloudEvent } from '../../../event/cloudevents.js'
import type { Event } from '../../../event/event.js'
import { parseFilter } from '../../../filter/index.js'
import { Exit } from '../../help/exit-codes.js'
import type { HubOptions, WhereOptions } from '../../help/options.js'
import { call, withHub } from '../../hub/connect.js'
import { filterOf } from '../../hub/filter-argument.js'
import { viewOf } from '../../hub/view.js'
import { Ending, type Io } from '../../io.js'
import type { View } from '../../output/formats.js'
import { yamlDocument } from '../../output/yaml.js'
import { FullScreen } from '../../terminal/full-screen.js'
import type { Key } from '../../terminal/keys.js'
import { eventRows, renderTop } from './layout.js'
import { RecentEvents, type TopState } from './state.js'
import { TagRates } from './tag-rates.js'

const KEPT = 1000
const PAGE = 200
const DRAW_MS = 200
const POLL_MS = 1000

/** The screen of `tocsin top`: its state, and what keys do to it. */
export class Top {
  readonly #io: Io
  readonly #client: Client
  readonly #view: View
  readonly #screen: FullScreen
  readonly #rates = new TagRates()
  readonly #recent = new RecentEvents(KEPT)
  readonly #ended = new AbortController()
  readonly #signal: AbortSignal
  #subscription: Subscription | undefined
  /** What `recent.total` was when the events were frozen. */
  #totalAtFreeze = 0
  #loading = false
  #state: TopState = {
    status: undefined,
    subscribers: [],
    tags: [],
    perSecond: 0,
    events: [],
    chosen: undefined,
    frozen: undefined,
    filter: '',
    prompt: undefined,
    detail: undefined,
    message: undefined,
    trouble: undefined,
  }

  constructor(io: Io, client: Client, view: View) {
    this.#io = io
    this.#client = client
    this.#view = view
    this.#signal = AbortSignal.any([io.signal, this.#ended.signal])
    this.#screen = new FullScreen(
      io,
      (key) => this.#onKey(key),
      () => this.#draw(),
    )
  }

  async run(filter: string): Promise<void> {
    this.#subscription = this.#client.subscribe(parseText(filter), { lag: 'skip', signal: this.#signal })
    this.#state.filter = filter
    this.#screen.open()
    const drawing = setInterval(() => this.#draw(), DRAW_MS)
    try {
      await Promise.all([this.#follow(this.#subscription), this.#poll()])
    } catch (error) {
      if (!this.#signal.aborted) throw error
    } finally {
      clearInterval(drawing)
      this.#screen.close()
      await this.#subscription.close()
    }
    if (this.#ended.signal.reason instanceof Ending) throw this.#ended.signal.reason
  }

  async #follow(subscription: Subscription): Promise<void> {
    for await (const item of subscription.batches()) {
      if (item.status === undefined) {
        item.forEach((bytes, at) => void this.#rates.count(bytes, at))
        this.#recent.add(item)
      } else if (item.status === 'reconnecting') this.#state.trouble = `connection lost: ${item.reason}`
    }
  }

  async #poll(): Promise<void> {
    let ticked = performance.now()
    while (!this.#signal.aborted) {
      await this.#ask()
      const now = performance.now()
      this.#rates.tick((now - ticked) / 1000)
      ticked = now
      this.#state.tags = this.#rates.list()
      await pause(POLL_MS, this.#signal)
    }
  }

  async #ask(): Promise<void> {
    try {
      const [status, { subscribers }] = await Promise.all([
        call(this.#io, this.#client, 'hub.status', {}),
        call(this.#io, this.#client, 'subscribers.list', {}),
      ])
      const before = this.#state.status
      const seconds = before ? (status.now - before.now) / 1e6 : 0
      const events = before ? status.events.accepted - before.events.accepted : 0
      const perSecond = seconds > 0 ? Math.max(0, events) / seconds : 0
      this.#state = { ...this.#state, status, subscribers, perSecond, trouble: undefined }
    } catch (error) {
      this.#state.trouble ??= (error as Error).message
    }
  }

  #draw(): void {
    const { frozen } = this.#state
    if (frozen) frozen.missed = Math.max(0, this.#recent.total - this.#totalAtFreeze)
    else this.#state.events = this.#recent.list()
    this.#screen.draw(renderTop(this.#state, this.#screen.size, this.#io.colors))
  }

  #onKey(key: Key): void {
    this.#state.message = undefined
    if (key.name === 'interrupt') this.#ended.abort(new Ending(Exit.interrupted))
    else if (this.#state.prompt !== undefined) this.#typeFilter(key, this.#state.prompt)
    else if (this.#state.detail) this.#moveInDetail(key, this.#state.detail)
    else this.#command(key)
    this.#draw()
  }

  #command(key: Key): void {
    if (key.name === 'text') {
      if (key.text === 'q') this.#ended.abort()
      else if (key.text === '/') this.#state.prompt = this.#state.filter
      else if (key.text === ' ') this.#state.frozen ? this.#resume() : this.#freeze()
      else if (key.text === 'k') this.#move(-1)
      else if (key.text === 'j') this.#move(1)
      return
    }
    const page = eventRows(this.#state, this.#screen.size, this.#io.colors)
    if (key.name === 'up') this.#move(-1)
    else if (key.name === 'down') this.#move(1)
    else if (key.name === 'pageUp') this.#move(-page)
    else if (key.name === 'pageDown') this.#move(page)
    else if (key.name === 'home') this.#move(-KEPT)
    else if (key.name === 'end') this.#move(KEPT)
    else if (key.name === 'escape') this.#resume()
    else if (key.name === 'enter') this.#showDetail()
  }

  #freeze(): void {
    this.#state.events = this.#recent.list()
    this.#totalAtFreeze = this.#recent.total
    this.#state.frozen = { since: Date.now() * 1000, missed: 0 }
  }

  #resume(): void {
    this.#state.frozen = undefined
    this.#state.chosen = undefined
  }

  #move(by: number): void {
    if (!this.#state.frozen) this.#freeze()
    const { events, chosen } = this.#state
    const last = events.length - 1
    const from = chosen ?? (by < 0 ? last + 1 : last)
    this.#state.chosen = Math.max(0, Math.min(last, from + by))
    if (from + by > last) void this.#loadMore()
  }

  /** Reads the events that arrived while the list was frozen from the log. */
  async #loadMore(): Promise<void> {
    const { events, frozen } = this.#state
    const last = events.at(-1)
    if (this.#loading || last === undefined || frozen === undefined || frozen.missed === 0) return
    this.#loading = true
    try {
      const more = await this.#readAfter(last.cursorIn(this.#view.epoch))
      if (this.#state.frozen !== frozen) return
      const all = [...events, ...more]
      const dropped = Math.max(0, all.length - KEPT)
      this.#totalAtFreeze += more.length
      this.#state.events = all.slice(dropped)
      if (more.length > 0) frozen.since = more.at(-1)!.time
      this.#state.chosen = Math.max(0, (this.#state.chosen ?? 0) - dropped + (more.length > 0 ? 1 : 0))
    } catch (error) {
      this.#state.message = (error as Error).message
    } finally {
      this.#loading = false
      this.#draw()
    }
  }

  async #readAfter(cursor: string): Promise<Event[]> {
    const events: Event[] = []
    await using reading = this.#client.read(parseText(this.#state.filter), {
      from: cursor,
      signal: this.#signal,
    })
    for await (const event of reading.events()) {
      events.push(event.detach())
      if (events.length === PAGE) break
    }
    return events
  }

  #showDetail(): void {
    if (!this.#state.frozen) this.#freeze()
    const { events } = this.#state
    this.#state.chosen ??= events.length - 1
    const event = events[this.#state.chosen]
    if (event)
      this.#state.detail = {
        lines: yamlDocument(toCloudEvent(event, this.#view)).split('\n').slice(1),
        top: 0,
      }
  }

  #moveInDetail(key: Key, detail: NonNullable<TopState['detail']>): void {
    const page = this.#screen.size.rows - 2
    const steps: Partial<Record<Key['name'], number>> = {
      up: -1,
      down: 1,
      pageUp: -page,
      pageDown: page,
      home: -detail.lines.length,
      end: detail.lines.length,
    }
    const step = steps[key.name] ?? 0
    if (key.name === 'enter' || key.name === 'escape') this.#state.detail = undefined
    else if (key.name === 'text' && key.text === 'q') this.#ended.abort()
    else detail.top = Math.max(0, Math.min(detail.lines.length - page, detail.top + step))
  }

  #typeFilter(key: Key, prompt: string): void {
    if (key.name === 'text') this.#state.prompt = prompt + key.text
    else if (key.name === 'backspace') this.#state.prompt = [...prompt].slice(0, -1).join('')
    else if (key.name === 'clear') this.#state.prompt = ''
    else if (key.name === 'escape') this.#state.prompt = undefined
    else if (key.name === 'enter') {
      this.#state.prompt = undefined
      void this.#applyFilter(prompt.trim())
    }
  }

  async #applyFilter(filter: string): Promise<void> {
    try {
      await this.#subscription?.change(parseText(filter) ?? [])
      this.#state.filter = filter
      this.#rates.clear()
      this.#recent.clear()
      this.#resume()
    } catch (error) {
      this.#state.message = (error as Error).message
    }
  }
}

/** Patterns separated by spaces, or JSON. Throws if it is not a valid filter, before the hub is asked. */
function parseText(text: string): string[] | undefined {
  const words = text.startsWith('{') ? [text] : text.split(/\s+/).filter((word) => word !== '')
  const filter = words.length === 0 ? undefined : words
  parseFilter(filter)
  return filter
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const timer = setTimeout(done, ms)
    function done() {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    signal.addEventListener('abort', done)
  })
}

export async function runTop(
  io: Io,
  filters: readonly string[],
  options: HubOptions & WhereOptions,
): Promise<void> {
  if (!io.out.isTerminal || io.stdin.isTTY !== true) {
    throw new TocsinError('TCN_USAGE', 'top needs a terminal; programs can use tocsin status --format json')
  }
  const { where } = options
  const text = where === undefined ? filters.join(' ') : JSON.stringify(await filterOf(filters, where))
  await withHub({ ...io, note: () => {} }, options, async (client) => {
    const top = new Top(io, client, await viewOf(io, client, true))
    await top.run(text)
  })
}

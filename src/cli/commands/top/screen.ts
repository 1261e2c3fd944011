import type { Client, Subscription } from '../../../client/api.js'
import { messageOf } from '../../../errors/thrown.js'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { toCloudEvent } from '../../../event/cloudevents.js'
import { type Event, iterateFrames } from '../../../event/event.js'
import { Exit } from '../../help/exit-codes.js'
import type { HubChoice, HubOptions, WhereOptions } from '../../help/options.js'
import { call, withHub } from '../../hub/connect.js'
import { askState } from '../../hub/hub-state.js'
import { viewOf } from '../../hub/view.js'
import { Ending, type Io } from '../../io.js'
import { WHERE } from '../../output/filter-text.js'
import type { View } from '../../output/formats.js'
import { yamlDocument } from '../../output/yaml.js'
import { noColors } from '../../terminal/colors.js'
import { FullScreen } from '../../terminal/full-screen.js'
import type { Key } from '../../terminal/keys.js'
import { compareEvent } from '../copy/diff-events.js'
import { parseLine, tailCommand } from './filter-prompt.js'
import { helpLines } from './help.js'
import { HubRates } from './hub-rates.js'
import { eventRows, renderTop } from './layout.js'
import { initialState, RecentEvents, type TopState } from './state.js'
import { filterOfPrefix, TagRates, tagOrders } from './tag-rates.js'

const KEPT = 1000
const PAGE = 200
/** The number of stored events that it begins with. */
const PAST = 50
const DRAW_MS = 200
const POLL_MS = 1000

/** The screen of `tocsin top`: its state, and what keys do to it. */
export class Top {
  readonly #io: Io
  readonly #client: Client
  readonly #view: View
  readonly #screen: FullScreen
  readonly #choice: HubChoice
  readonly #rates = new TagRates()
  readonly #hubRates = new HubRates()
  readonly #recent = new RecentEvents(KEPT)
  readonly #ended = new AbortController()
  readonly #signal: AbortSignal
  #subscription: Subscription | undefined
  /** The value of `recent.total` when the events were frozen. */
  #totalAtFreeze = 0
  #loading = false
  #state: TopState = initialState()

  constructor(io: Io, client: Client, view: View, { hub, here }: HubChoice = {}) {
    this.#choice = { ...(hub !== undefined && { hub }), ...(here && { here }) }
    this.#io = io
    this.#client = client
    this.#view = view
    if (view.displayOf) this.#state.displayOf = view.displayOf
    this.#signal = AbortSignal.any([io.signal, this.#ended.signal])
    this.#screen = new FullScreen(
      io,
      (key) => this.#onKey(key),
      () => this.#draw(),
    )
  }

  async run(filter: string): Promise<void> {
    this.#subscription = this.#client.subscribe(parseLine(filter), { lag: 'skip', signal: this.#signal })
    this.#state.filter = filter
    this.#screen.open()
    const drawing = setInterval(() => this.#draw(), DRAW_MS)
    try {
      await Promise.all([this.#follow(this.#subscription), this.#showPast(filter), this.#poll()])
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

  /** Puts the last stored events that match before those of the stream. */
  async #showPast(filter: string): Promise<void> {
    const filters = parseLine(filter)
    try {
      const { frames } = await call(this.#io, this.#client, 'events.read', {
        before: 'now',
        limit: PAST,
        ...(filters === undefined ? {} : { filters }),
      })
      if (this.#state.filter !== filter) return
      for (const { bytes, at } of this.#recent.precede([...iterateFrames(frames)].toReversed())) {
        this.#rates.count(bytes, at, true)
      }
    } catch (error) {
      this.#state.message = messageOf(error)
    }
  }

  async #poll(): Promise<void> {
    let ticked = performance.now()
    while (!this.#signal.aborted) {
      await this.#ask()
      const now = performance.now()
      this.#rates.tick((now - ticked) / 1000)
      ticked = now
      this.#state.tags = this.#rates.list(this.#state.order)
      await pause(POLL_MS, this.#signal)
    }
  }

  async #ask(): Promise<void> {
    try {
      const [hubs, { subscribers }] = await Promise.all([
        askState(this.#io, this.#client, this.#choice),
        call(this.#io, this.#client, 'subscribers.list', this.#choice),
      ])
      const hubRates = this.#hubRates.next(hubs)
      const perSecond = [...hubRates.values()].reduce((sum, rate) => sum + rate, 0)
      const { status, overview } = hubs
      this.#state = {
        ...this.#state,
        ...{ status, overview, hubRates, subscribers, perSecond, trouble: undefined },
      }
    } catch (error) {
      this.#state.trouble ??= messageOf(error)
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
    if (key.name === 'text') this.#letter(key.text)
    else if (key.name === 'tab') this.#switchTable()
    else if (key.name === 'escape') this.#resume()
    else if (key.name === 'enter') this.#choose()
    else this.#move(this.#steps()[key.name] ?? 0)
  }

  #letter(letter: string): void {
    if (letter === 'q') this.#ended.abort()
    else if (letter === '/') this.#state.prompt = this.#state.filter
    else if (letter === ' ') this.#state.frozen ? this.#resume() : this.#freeze()
    else if (letter === 'k') this.#move(-1)
    else if (letter === 'j') this.#move(1)
    else if (letter === '?') this.#state.detail = { lines: helpLines, top: 0 }
    else if (letter === 's') this.#sort()
    else if (letter === 'd') void this.#compare()
    else if (letter === 'y') this.#copy()
  }

  #steps(): Partial<Record<Key['name'], number>> {
    const page = eventRows(this.#state, this.#screen.size, this.#io.colors)
    return { up: -1, down: 1, pageUp: -page, pageDown: page, home: -KEPT, end: KEPT }
  }

  #switchTable(): void {
    this.#state.tag = this.#state.tag === undefined ? this.#state.tags[0]?.prefix : undefined
  }

  #sort(): void {
    const next = (tagOrders.indexOf(this.#state.order) + 1) % tagOrders.length
    this.#state.order = tagOrders[next]
    this.#state.tags = this.#rates.list(this.#state.order)
  }

  #choose(): void {
    const { tag } = this.#state
    const filter = tag === undefined ? undefined : filterOfPrefix(tag)
    if (tag === undefined) this.#showDetail()
    else if (filter !== undefined) void this.#applyFilter(filter)
  }

  async #compare(): Promise<void> {
    const event = this.#chosenEvent()
    if (event === undefined) return
    try {
      const io = { ...this.#io, colors: noColors }
      const { lines } = await compareEvent(io, this.#client, event.cursorIn(this.#view.epoch), {})
      this.#state.detail = { lines, top: 0 }
    } catch (error) {
      this.#state.message = messageOf(error)
    }
    this.#draw()
  }

  /** The clipboard is the terminal's (OSC 52); where it has none, the command can be read at the bottom. */
  #copy(): void {
    const { events, chosen, filter } = this.#state
    const event = chosen === undefined ? undefined : events[chosen]
    const command =
      event === undefined ? tailCommand(filter) : `tocsin read --from @${event.seq} --count 1 --format yaml`
    this.#io.out.write(`\x1b]52;c;${Buffer.from(command).toString('base64')}\x07`)
    this.#state.message = `copied: ${command}`
  }

  #freeze(): void {
    this.#state.events = this.#recent.list()
    this.#totalAtFreeze = this.#recent.total
    this.#state.frozen = { since: Date.now() * 1000, missed: 0 }
  }

  #resume(): void {
    this.#state.frozen = undefined
    this.#state.chosen = undefined
    this.#state.tag = undefined
  }

  #move(by: number): void {
    const { tag } = this.#state
    if (tag === undefined) this.#moveInEvents(by)
    else this.#moveInTags(by, tag)
  }

  #moveInEvents(by: number): void {
    if (!this.#state.frozen) this.#freeze()
    const { events, chosen } = this.#state
    const last = events.length - 1
    const from = chosen ?? (by < 0 ? last + 1 : last)
    this.#state.chosen = Math.max(0, Math.min(last, from + by))
    if (from + by > last) void this.#loadMore()
  }

  #moveInTags(by: number, tag: string): void {
    const { tags } = this.#state
    const from = tags.findIndex(({ prefix }) => prefix === tag)
    this.#state.tag = tags[Math.max(0, Math.min(tags.length - 1, from + by))]?.prefix
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
      frozen.since = more.at(-1)?.time ?? frozen.since
      this.#state.chosen = Math.max(0, (this.#state.chosen ?? 0) - dropped + (more.length > 0 ? 1 : 0))
    } catch (error) {
      this.#state.message = messageOf(error)
    } finally {
      this.#loading = false
      this.#draw()
    }
  }

  async #readAfter(cursor: string): Promise<Event[]> {
    const events: Event[] = []
    await using reading = this.#client.read(parseLine(this.#state.filter), {
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
    const event = this.#chosenEvent()
    if (event === undefined) return
    const lines = yamlDocument(toCloudEvent(event, this.#view)).split('\n').slice(1)
    this.#state.detail = { lines, top: 0 }
  }

  /** Chooses the newest one if there is no choice. */
  #chosenEvent(): Event | undefined {
    if (!this.#state.frozen) this.#freeze()
    const { events } = this.#state
    if (events.length > 0) this.#state.chosen ??= events.length - 1
    return events[this.#state.chosen ?? -1]
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
      await this.#subscription?.change(parseLine(filter) ?? [])
      this.#state.filter = filter
      this.#rates.clear()
      this.#recent.clear()
      this.#resume()
      await this.#showPast(filter)
    } catch (error) {
      this.#state.message = messageOf(error)
    }
  }
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
  options: HubOptions & HubChoice & WhereOptions,
): Promise<void> {
  if (!io.out.isTerminal || io.stdin.isTTY !== true) {
    throw new TocsinError('TCN_USAGE', 'top needs a terminal; programs can use tocsin status --format json')
  }
  const { where, severity, host, hub, here, ...use } = options
  const words = [
    ...filters,
    ...(severity === undefined ? [] : [`severity>=${severity}`]),
    ...(host === undefined ? [] : [`host=${host}`]),
    ...(where === undefined ? [] : [WHERE + where]),
  ]
  const text = words.join(' ')
  await withHub({ ...io, note: () => {} }, use, async (client) => {
    const top = new Top(io, client, await viewOf(io, client, true), { hub, here })
    await top.run(text)
  })
}

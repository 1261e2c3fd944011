import { TocsinError } from '../../../src/errors/tocsin-error.js'
import {
  describeFace,
  type FaceItem,
  type FaceOptions,
  type FaceRequest,
  type FaceSubscriber,
} from '../behaviour.js'
import { type HttpFixture, startHttpFixture } from './fixture.js'
import { HttpPublisher } from './publish-driver.js'
import { queryOf } from './sse-driver.js'
import { eventItem } from './websocket-driver.js'

describeFace({ name: 'HTTP, pages', reads: 'pages', start })

async function start(options: FaceOptions) {
  const fixture = await startHttpFixture(options)
  let publishers = 0
  return {
    bus: fixture.bus,
    async publisher(as: string) {
      return new HttpPublisher(fixture, as, `p${++publishers}`)
    },
    async subscriber(as: string, request: FaceRequest = {}) {
      const reader = new PageReader(fixture, as, request)
      await reader.read()
      return reader
    },
    close: fixture.close,
  }
}

interface Page {
  events: Record<string, unknown>[]
  next?: string
  cursor: string
  gaps: { from: number; to: number; reason: string }[]
}

/** Requests the next page as long as there is one, and from the end asks whether there are more events. */
class PageReader implements FaceSubscriber {
  readonly #fixture: HttpFixture
  readonly #as: string
  readonly #request: FaceRequest
  readonly #items: FaceItem[] = []
  #from: string
  #isLive = false
  #ended = false

  constructor(fixture: HttpFixture, as: string, request: FaceRequest) {
    this.#fixture = fixture
    this.#as = as
    this.#request = request
    this.#from = request.from ?? 'now'
  }

  async next(): Promise<FaceItem | undefined> {
    while (this.#items.length === 0 && !this.#ended) await this.read()
    return this.#items.shift()
  }

  pause(): void {}
  resume(): void {}
  drop(): void {}

  async read(): Promise<void> {
    const query = queryOf({ ...this.#request, from: this.#from })
    const response = await this.#fixture.fetch(this.#as, `/v1/events?limit=70&${query}`)
    const answer = (await response.json()) as Page & { code: TocsinError['code']; detail: string }
    if (!response.ok) throw new TocsinError(answer.code, answer.detail)
    this.#take(answer)
  }

  #take({ events, next, cursor, gaps }: Page): void {
    for (const gap of gaps) this.#items.push({ type: 'gap', ...gap, cursor })
    for (const event of events) this.#items.push(eventItem(event))
    this.#from = next ?? cursor
    if (next !== undefined) return
    if (this.#request.to !== undefined) {
      this.#items.push({ type: 'end', code: 'END' })
      this.#ended = true
    } else if (!this.#isLive) {
      this.#items.push({ type: 'live', cursor })
      this.#isLive = true
    }
  }
}

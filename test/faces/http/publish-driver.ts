import { TocsinError } from '../../../src/errors/tocsin-error.js'
import type { FacePublisher } from '../behaviour.js'
import type { HttpFixture } from './fixture.js'
import { plain } from './websocket-driver.js'

type Outgoing = { tag: string; data: unknown }

/** `POST /v1/events`: one event or lines. Each request has a key, so that a repetition stores nothing twice. */
export class HttpPublisher implements FacePublisher {
  readonly #fixture: HttpFixture
  readonly #as: string
  readonly #name: string
  #requests = 0

  constructor(fixture: HttpFixture, as: string, name: string) {
    this.#fixture = fixture
    this.#as = as
    this.#name = name
  }

  async publish(tag: string, data: unknown): Promise<string> {
    const { cursor } = await this.#post('application/json', JSON.stringify({ tag, data: plain(data) }))
    return cursor as string
  }

  async publishAll(events: Outgoing[]): Promise<void> {
    const lines = events.map(({ tag, data }) => `${JSON.stringify({ tag, data: plain(data) })}\n`)
    const { accepted } = await this.#post('application/x-ndjson', lines.join(''))
    if (accepted !== events.length) throw new Error(`${accepted} of ${events.length} were accepted`)
  }

  drop(): void {}

  async #post(type: string, body: string): Promise<Record<string, unknown>> {
    const response = await this.#fixture.fetch(this.#as, '/v1/events', {
      method: 'POST',
      headers: { 'content-type': type, 'idempotency-key': `${this.#name}-${++this.#requests}` },
      body,
    })
    const answer = JSON.parse((await response.text()).trimEnd().split('\n').at(-1) as string)
    if (!response.ok) throw new TocsinError(answer.code, answer.detail)
    return answer
  }
}

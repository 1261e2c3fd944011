import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { TocsinError } from '../../../src/errors/tocsin-error.js'
import type { FaceItem, FaceRequest, FaceSubscriber } from '../behaviour.js'
import { eventItem } from './websocket-driver.js'

export interface Block {
  id?: string
  event?: string
  data?: string
}

/** Reads the blocks of a stream as they arrive, without an EventSource library. */
export class SseReader {
  readonly response: IncomingMessage
  readonly blocks: Block[] = []
  raw = ''
  #rest = ''
  #done = false
  #wake = () => {}

  constructor(response: IncomingMessage) {
    this.response = response
    response.setEncoding('utf8')
    response.on('data', (text: string) => this.#take(text))
    response.on('close', () => {
      this.#done = true
      this.#wake()
    })
    response.on('error', () => {})
  }

  async next(): Promise<Block | undefined> {
    while (this.blocks.length === 0 && !this.#done) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    return this.blocks.shift()
  }

  #take(text: string): void {
    this.raw += text
    const blocks = (this.#rest + text).split('\n\n')
    this.#rest = blocks.pop() ?? ''
    for (const block of blocks) this.blocks.push(parseBlock(block))
    this.#wake()
  }
}

function parseBlock(text: string): Block {
  const block: Block = {}
  for (const line of text.split('\n')) {
    const [, name, value] = /^([^:]*): ?(.*)$/s.exec(line) ?? []
    if (name === 'id' || name === 'event') block[name] = value
    else if (name === 'data') block.data = block.data === undefined ? value : `${block.data}\n${value}`
  }
  return block
}

/** Opens a stream. Rejects with the code of the problem if the stream is refused. */
export async function openStream(url: string, headers: Record<string, string>): Promise<SseReader> {
  const request = get(url, { headers, agent: false })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  request.on('error', () => {})
  if (response.statusCode === 200) return new SseReader(response)
  const problem = JSON.parse((await response.toArray()).join(''))
  throw new TocsinError(problem.code, problem.detail)
}

/** Returns a request as query parameters. Filters in JSON form do not fit in a query, so they become CESQL. */
export function queryOf({ filters, from, to, lag }: FaceRequest): URLSearchParams {
  const query = new URLSearchParams()
  if (typeof filters === 'string' || Array.isArray(filters)) {
    for (const filter of [filters].flat()) query.append('filter', filter)
  } else if (filters !== undefined) {
    query.set('where', inCesql(filters))
  }
  for (const [name, value] of Object.entries({ from, to, lag }))
    if (value !== undefined) query.set(name, value)
  return query
}

function inCesql(filter: Record<string, unknown>): string {
  if (typeof filter.sql === 'string') return filter.sql
  const [[field, value]] = Object.entries(filter.exact as Record<string, unknown>)
  return `${field} = ${JSON.stringify(value)}`
}

export class SseSubscriber implements FaceSubscriber {
  readonly #reader: SseReader

  constructor(reader: SseReader) {
    this.#reader = reader
  }

  async next(): Promise<FaceItem | undefined> {
    for (;;) {
      const block = await this.#reader.next()
      if (block === undefined) return undefined
      const item = toItem(block)
      if (item !== undefined) return item
    }
  }

  pause(): void {
    this.#reader.response.socket.pause()
  }

  resume(): void {
    this.#reader.response.socket.resume()
  }

  drop(): void {
    this.#reader.response.destroy()
  }
}

function toItem({ id, event, data }: Block): FaceItem | undefined {
  const parsed = data === undefined ? undefined : JSON.parse(data)
  switch (event) {
    case undefined:
      if (parsed !== undefined) return eventItem(parsed)
      return id === undefined ? undefined : { type: 'position', cursor: id }
    case 'live':
      return { type: 'live', cursor: parsed.cursor }
    case 'gap':
      return { type: 'gap', ...parsed }
    case 'end':
      return { type: 'end', code: parsed.code }
    default:
      throw new Error(`an event ${event} came`)
  }
}

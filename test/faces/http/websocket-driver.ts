import { once } from 'node:events'
import type { Socket } from 'node:net'
import { WebSocket } from 'ws'
import { TocsinError } from '../../../src/errors/tocsin-error.js'
import type { FaceItem, FacePublisher, FaceSubscriber } from '../behaviour.js'

/** Reads the messages of a `ws` client one by one, and finally how it was closed. */
export class Messages {
  readonly socket: WebSocket
  readonly #messages: Buffer[] = []
  #wake = () => {}
  #end: { code: number; reason: string } | undefined

  constructor(socket: WebSocket) {
    this.socket = socket
    socket.on('message', (data: Buffer) => {
      this.#messages.push(data)
      this.#wake()
    })
    socket.on('close', (code, reason) => {
      this.#end = { code, reason: reason.toString() }
      this.#wake()
    })
    socket.on('error', () => {})
  }

  async next(): Promise<Buffer | undefined> {
    while (this.#messages.length === 0 && this.#end === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    return this.#messages.shift()
  }

  async json(): Promise<Record<string, unknown> | undefined> {
    const message = await this.next()
    return message && JSON.parse(message.toString())
  }

  async closed(): Promise<{ code: number; reason: string }> {
    while (this.#end === undefined) await this.next()
    return this.#end
  }
}

export async function openWebSocket(
  url: string,
  protocols: string | string[],
  headers: Record<string, string> = {},
): Promise<Messages> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}`, protocols, { headers, maxPayload: 2 ** 27 })
  const messages = new Messages(socket)
  await once(socket, 'open')
  return messages
}

export function rawSocket(socket: WebSocket): Socket {
  return (socket as unknown as { _socket: Socket })._socket
}

/** Converts a message of `tocsin.v1+json` or `cloudevents.json` to the form that the suite of faces expects. */
export type ToItem = (message: Record<string, unknown>) => FaceItem | undefined

export class WebSocketSubscriber implements FaceSubscriber {
  readonly #messages: Messages
  readonly #toItem: ToItem

  constructor(messages: Messages, toItem: ToItem) {
    this.#messages = messages
    this.#toItem = toItem
  }

  async next(): Promise<FaceItem | undefined> {
    for (;;) {
      const message = await this.#messages.json()
      if (message === undefined) return undefined
      const item = this.#toItem(message)
      if (item !== undefined) return item
    }
  }

  pause(): void {
    rawSocket(this.#messages.socket).pause()
  }

  resume(): void {
    rawSocket(this.#messages.socket).resume()
  }

  drop(): void {
    this.#messages.socket.terminate()
  }
}

export interface JsonHello {
  producer?: string
  token?: string
}

export class JsonPublisher implements FacePublisher {
  readonly #messages: Messages
  #counter: number

  constructor(messages: Messages, lastCounter: number) {
    this.#messages = messages
    this.#counter = lastCounter
  }

  async publish(tag: string, data: unknown): Promise<string> {
    this.#send(tag, data)
    return await this.#settled()
  }

  async publishAll(events: { tag: string; data: unknown }[]): Promise<void> {
    for (const { tag, data } of events) this.#send(tag, data)
    await this.#settled()
  }

  drop(): void {
    this.#messages.socket.terminate()
  }

  #send(tag: string, data: unknown): void {
    this.#counter++
    this.#messages.socket.send(JSON.stringify({ op: 'event', tag, data: plain(data) }))
  }

  async #settled(): Promise<string> {
    for (;;) {
      const record = await this.#messages.json()
      if (record === undefined) throw new Error('the connection closed')
      if (record.op === 'refused')
        throw new TocsinError(record.code as TocsinError['code'], String(record.message))
      if (record.op === 'accepted' && record.counter === this.#counter) return record.cursor as string
    }
  }
}

/** Replaces bytes with base64, as in JSON. */
export function plain(data: unknown): unknown {
  if (data instanceof Uint8Array) return Buffer.from(data).toString('base64')
  if (typeof data !== 'object' || data === null) return data
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, plain(value)]))
}

export function eventItem(event: Record<string, unknown>): FaceItem {
  return {
    type: 'event',
    cursor: (event.cursor ?? event.id) as string,
    tag: event.subject as string,
    data: event.data,
  }
}

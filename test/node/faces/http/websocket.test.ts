// Runs on each supported Node.js: WebSockets.
import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Identity } from '../../../../src/access/identify.js'
import { encodeRecord } from '../../../../src/protocols/native/codec.js'
import { Op } from '../../../../src/protocols/native/protocol.js'
import { type HttpFixture, type HttpFixtureOptions, startHttpFixture } from '../../../faces/http/fixture.js'
import { type Messages, openWebSocket, rawSocket } from '../../../faces/http/websocket-driver.js'

let hub: HttpFixture
const sockets: Socket[] = []
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await hub.close()
})

const start = async (options?: HttpFixtureOptions) => {
  hub = await startHttpFixture(options)
}
const asAdmin = { authorization: 'Bearer admin' }
const dial = (protocol: string | string[], query = '', headers: Record<string, string> = asAdmin) =>
  openWebSocket(`${hub.url}/v1/ws${query}`, protocol, headers)

async function skipTo(messages: Messages, test: (message: Record<string, unknown>) => boolean) {
  for (;;) {
    const message = await messages.json()
    if (message === undefined) throw new Error('the connection closed')
    if (test(message)) return message
  }
}

/** A client that writes its frames by hand. */
class Handmade {
  readonly socket: Socket
  received = Buffer.alloc(0)
  #closed = false
  #wake = () => {}

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1')
    sockets.push(this.socket)
    this.socket.on('error', () => {})
    this.socket.on('data', (chunk: Buffer) => {
      this.received = Buffer.concat([this.received, chunk])
      this.#wake()
    })
    this.socket.on('close', () => {
      this.#closed = true
      this.#wake()
    })
  }

  static async open(port: number, headers: Record<string, string> = asAdmin): Promise<Handmade> {
    const peer = new Handmade(port)
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    peer.socket.write(
      'GET /v1/ws HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: upgrade\r\n' +
        `sec-websocket-version: 13\r\nsec-websocket-key: ${randomBytes(16).toString('base64')}\r\n` +
        `sec-websocket-extensions: permessage-deflate\r\n${lines.join('')}\r\n`,
    )
    await peer.until(() => peer.received.includes('\r\n\r\n'))
    return peer
  }

  async until(done: () => boolean): Promise<void> {
    while (!done() && !this.#closed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** Sends a frame. `first` contains FIN, the reserved bits and the opcode. */
  frame(first: number, payload: Uint8Array | string, masked = true): this {
    const bytes = Buffer.from(payload as never)
    const mask = masked ? randomBytes(4) : Buffer.alloc(0)
    const length =
      bytes.length < 126
        ? Buffer.from([bytes.length])
        : Buffer.from([126, bytes.length >> 8, bytes.length & 0xff])
    length[0] |= masked ? 0x80 : 0
    const body = masked ? bytes.map((byte, i) => byte ^ mask[i % 4]) : bytes
    this.socket.write(Buffer.concat([Buffer.from([first]), length, mask, body]))
    return this
  }

  /** Returns the code of the close frame with which the hub ends the connection. */
  async closeCode(): Promise<number> {
    // The close frame has a code and at most 123 bytes of reason; no other payload here contains this byte.
    await this.until(() => this.received.lastIndexOf(0x88) >= 0)
    const at = this.received.lastIndexOf(0x88)
    await this.until(() => this.received.length >= at + 4)
    this.socket.end()
    return this.received.readUInt16BE(at + 2)
  }
}

describe('the handshake of a WebSocket', () => {
  it('chooses the first supported subprotocol that is offered, and JSON if none is offered', async () => {
    await start()
    expect((await dial(['other', 'cloudevents.json'])).socket.protocol).toBe('cloudevents.json')
    expect((await dial(['cloudevents.json', 'tocsin.v1'])).socket.protocol).toBe('tocsin.v1')
    const plain = await dial([])
    plain.socket.send('{"op":"hello","version":1}')
    expect(await plain.json()).toMatchObject({ op: 'welcome', principal: 'admin' })
    await expect(dial('mqtt')).rejects.toThrow('400')
  })

  it('refuses foreign origins and hosts, and clients that can never identify themselves', async () => {
    await start()
    await expect(dial('tocsin.v1', '', { ...asAdmin, origin: 'https://evil.example' })).rejects.toThrow('403')
    await expect(dial('tocsin.v1', '', { ...asAdmin, host: 'evil.example' })).rejects.toThrow(/4\d\d/)
    await expect(dial('cloudevents.json', '', {})).rejects.toThrow('401')
    await expect(dial('tocsin.v1', '', { authorization: 'Bearer nobody' })).rejects.toThrow('401')
    await expect(dial('tocsin.v1', '?filters=x')).rejects.toThrow('400')
  })

  it('accepts no compression', async () => {
    await start()
    const peer = await Handmade.open(hub.port)
    expect(peer.received.toString()).toMatch(/^HTTP\/1.1 101/)
    expect(peer.received.toString().toLowerCase()).not.toContain('extensions')
  })
})

describe('a peer that sends invalid input', () => {
  it.each([
    ['an unmasked frame', (peer: Handmade) => peer.frame(0x81, '{}', false), 1002],
    ['a reserved bit', (peer: Handmade) => peer.frame(0xc1, '{}'), 1002],
    ['an unknown opcode', (peer: Handmade) => peer.frame(0x83, '{}'), 1002],
    ['text that is not UTF-8', (peer: Handmade) => peer.frame(0x81, Buffer.from([0xff, 0xfe])), 1007],
    ['a continuation of nothing', (peer: Handmade) => peer.frame(0x80, 'x'), 1002],
    ['a ping in parts', (peer: Handmade) => peer.frame(0x09, 'x'), 1002],
    ['a binary message where text is spoken', (peer: Handmade) => peer.frame(0x82, 'x'), 1003],
    ['no JSON', (peer: Handmade) => peer.frame(0x81, '{"op":'), 1008],
    ['a record before hello', (peer: Handmade) => peer.frame(0x81, '{"op":"ping"}'), 1008],
    ['an unknown op', (peer: Handmade) => peer.frame(0x81, '{"op":"constructor"}'), 1008],
  ])('is closed with the appropriate code: %s', async (_, send, code) => {
    await start()
    const peer = await Handmade.open(hub.port)
    send(peer)
    expect(await peer.closeCode()).toBe(code)
  })

  it('is closed when a message has too many fragments', async () => {
    await start()
    const peer = await Handmade.open(hub.port)
    peer.frame(0x01, 'x')
    for (let n = 0; n < 2000; n++) peer.frame(0x00, '')
    expect([1008, 1009]).toContain(await peer.closeCode())
  })

  it('is closed when its message is too large for a peer that has not identified itself', async () => {
    await start()
    const stranger = await dial('tocsin.v1+json', '', {})
    stranger.socket.send('x'.repeat(1024 * 1024 + 1))
    expect(await stranger.closed()).toMatchObject({ code: 1009 })
  })

  it('is not refused for a message in tiny frames', async () => {
    await start()
    const peer = await Handmade.open(hub.port)
    const hello = '{"op":"hello","version":1}'
    peer.frame(0x01, hello[0])
    for (const letter of hello.slice(1)) peer.frame(0x00, letter).frame(0x89, 'p')
    peer.frame(0x80, '')
    await peer.until(() => peer.received.includes('"op":"welcome"'))
    expect(peer.received.includes('"op":"welcome"')).toBe(true)
  })
})

describe('a peer that sends many pings', () => {
  it('has an answer to each if it reads them, however many come at once', async () => {
    await start()
    const peer = await Handmade.open(hub.port)
    const begun = peer.received.length
    peer.socket.cork()
    for (let nth = 0; nth < 100; nth++) peer.frame(0x89, `${nth % 10}`)
    peer.socket.uncork()
    await peer.until(() => peer.received.length === begun + 300)
    const pongs = Array.from({ length: 100 }, (_, nth) => `\x8a\x01${nth % 10}`)
    expect(peer.received.subarray(begun).toString('latin1')).toBe(pongs.join(''))
  })

  it('is not closed if it does not read, and has an answer to the last of them', async () => {
    await start()
    const peer = await Handmade.open(hub.port)
    peer.frame(0x81, '{"op":"hello","version":1}')
    await peer.until(() => peer.received.includes('"op":"welcome"'))
    peer.socket.pause()
    for (let nth = 0; nth < 50_000; nth++) peer.frame(0x89, 'x'.repeat(100))
    peer.frame(0x89, 'the last')
    peer.socket.resume()
    await peer.until(() => peer.received.subarray(-10).equals(Buffer.from('\x8a\x08the last', 'latin1')))
    expect(peer.received.subarray(-8).toString()).toBe('the last')
  })
})

describe('tocsin.v1', () => {
  it('accepts many records in a message, and a record in many messages', async () => {
    await start()
    const messages = await dial('tocsin.v1')
    const records = Buffer.concat([
      encodeRecord('hello', { version: 1 }),
      encodeRecord('ping', { id: 1 }),
      encodeRecord('ping', { id: 2 }),
    ])
    const half = records.length >> 1
    messages.socket.send(records.subarray(0, half))
    for (const byte of records.subarray(half)) messages.socket.send(Buffer.from([byte]))
    const ops: number[] = []
    while (ops.length < 3) {
      const message = (await messages.next()) as Buffer
      for (let at = 0; at < message.length; at += message.readUInt32LE(at) + 4) ops.push(message[at + 4])
    }
    expect(ops).toEqual([Op.welcome, Op.pong, Op.pong])
  })

  it('does not accept text', async () => {
    await start()
    const messages = await dial('tocsin.v1')
    messages.socket.send('hello')
    expect((await messages.closed()).code).toBe(1003)
  })
})

describe('tocsin.v1+json', () => {
  const hello = async (headers?: Record<string, string>) => {
    const messages = await dial('tocsin.v1+json', '', headers)
    messages.socket.send('{"op":"hello","version":1}')
    await skipTo(messages, ({ op }) => op === 'welcome')
    return messages
  }

  it('refuses a producer or name that cannot be written as UTF-8', async () => {
    await start()
    for (const key of ['producer', 'name']) {
      const messages = await dial('tocsin.v1+json', '')
      messages.socket.send(`{"op":"hello","version":1,"${key}":"a\\ud800"}`)
      expect(await messages.json()).toMatchObject({ op: 'error', code: 'TCN_PROTOCOL_BODY' })
    }
  })

  it('carries the requests of the native protocol', async () => {
    await start({
      methods: () => [
        {
          name: 'test.echo',
          summary: 'Answers with what it was asked.',
          right: 'see',
          params: { safeParse: (data: unknown) => ({ success: true, data }) } as never,
          result: z.unknown(),
          run: async ({ part }, params) => {
            await part({ n: 1 })
            return params
          },
        },
      ],
    })
    const messages = await hello()
    messages.socket.send('{"op":"request","id":1,"method":"test.echo","params":{"x":[1,null]}}')
    expect(await messages.json()).toEqual({ op: 'reply', id: 1, more: true, result: { n: 1 } })
    expect(await messages.json()).toEqual({ op: 'reply', id: 1, result: { x: [1, null] } })
    messages.socket.send('{"op":"request","id":2,"method":"no.such"}')
    expect(await messages.json()).toMatchObject({ op: 'reply', id: 2, error: { code: 'TCN_METHOD_UNKNOWN' } })
  })

  it('refuses an invalid event by its counter, and accepts the next one', async () => {
    await start()
    const messages = await hello()
    messages.socket.send('{"op":"event","counter":5,"data":1}')
    messages.socket.send('{"op":"event","tag":"a","data":1}')
    messages.socket.send('{"op":"event","event":{"specversion":"1.0","id":"1","source":"x"}}')
    messages.socket.send(
      '{"op":"event","event":{"specversion":"1.0","id":"1","source":"x","type":"t","subject":"b"}}',
    )
    const answers: unknown[] = []
    while (answers.length < 4) {
      const { op, counter, code, run } = (await messages.json()) as Record<string, unknown>
      answers.push([op, counter, code])
      if (op === 'accepted' && (run as number) > 1) answers.push('more')
    }
    expect(answers).toContainEqual(['refused', 5, 'TCN_PROTOCOL_BODY'])
    expect(answers).toContainEqual(['refused', 7, 'TCN_CLOUDEVENT_INVALID'])
    expect(answers).toContainEqual(['accepted', 6, undefined])
    expect(answers).toContainEqual(['accepted', 8, undefined])
    expect(hub.bus.log.last).toBe(2)
  })

  it('is closed when the token is no longer valid', async () => {
    const over = new AbortController()
    const identity: Identity = { principal: { name: 'admin', source: '' }, ended: over.signal }
    await start({ server: { identify: () => identity } })
    const messages = await hello()
    over.abort()
    expect(await messages.json()).toMatchObject({ op: 'error', code: 'TCN_ACCESS_TOKEN' })
    expect(await messages.closed()).toEqual({ code: 1008, reason: 'TCN_ACCESS_TOKEN' })
  })

  it('announces that the hub stops, even to a peer that neither subscribes nor publishes', async () => {
    await start()
    const messages = await hello()
    const closing = hub.close()
    expect(await messages.json()).toMatchObject({ op: 'goodbye', code: 'STOP' })
    expect(await messages.closed()).toEqual({ code: 1001, reason: 'STOP' })
    await closing
  })
})

describe('cloudevents.json', () => {
  const event = (id: string, subject: string) =>
    JSON.stringify({ specversion: '1.0', id, source: 'host/test', type: 'x.y', subject, data: { id } })

  it('carries events in both directions unchanged', async () => {
    await start()
    const reader = await dial('cloudevents.json', '?filter=a/')
    await skipTo(reader, ({ type }) => type === 'tocsin.live')
    const writer = await dial('cloudevents.json', '?subscribe=no&ack=accepted')
    writer.socket.send(event('one', 'a/1'))
    expect(await writer.json()).toMatchObject({
      specversion: '1.0',
      source: 'hub',
      type: 'tocsin.accepted',
      data: { id: 'one', source: 'host/test', cursor: `${hub.bus.epoch}-1` },
    })
    expect(await reader.json()).toMatchObject({ id: 'one', type: 'x.y', subject: 'a/1', data: { id: 'one' } })
  })

  it('begins and ends at the positions in the URL', async () => {
    await start()
    for (const n of [1, 2, 3]) hub.bus.emit({ tag: `n/${n}`, data: n })
    const query = new URLSearchParams({ from: `${hub.bus.epoch}-1`, to: 'end', where: "tag LIKE 'n/%'" })
    const reader = await dial('cloudevents.json', `?${query}`)
    expect(await reader.json()).toMatchObject({ subject: 'n/2' })
    expect(await reader.json()).toMatchObject({ subject: 'n/3' })
    expect(await reader.json()).toMatchObject({ type: 'tocsin.end', data: { code: 'END' } })
    expect((await reader.closed()).code).toBe(1000)
  })

  it('identifies a refused event by the id that it was sent with', async () => {
    await start({ grants: { low: { publish: ['a/'], source: 'host' } } })
    const writer = await dial('cloudevents.json', '?subscribe=no', { authorization: 'Bearer low' })
    writer.socket.send(event('mine', 'a/1'))
    writer.socket.send(event('theirs', 'b/1'))
    writer.socket.send('{"specversion":"1.0","id":"typeless","source":"x"}')
    const refused = [await writer.json(), await writer.json()].map((each) => each?.data)
    expect(refused).toContainEqual(expect.objectContaining({ id: 'theirs', code: 'TCN_ACCESS_DENIED' }))
    expect(refused).toContainEqual(
      expect.objectContaining({ id: 'typeless', code: 'TCN_CLOUDEVENT_INVALID' }),
    )
  })

  it.each([
    ['position', '?from=sometime', 'TCN_RANGE_INVALID'],
    ['condition', '?where=a%20==', 'TCN_FILTER_SYNTAX'],
    ['time zone', '?tz=Nowhere', 'TCN_HTTP_QUERY'],
  ])('reports an invalid %s in the URL before it closes', async (_, query, code) => {
    await start()
    const reader = await dial('cloudevents.json', query)
    expect(await reader.json()).toMatchObject({ type: 'tocsin.end', data: { code } })
    expect(await reader.closed()).toEqual({ code: 1008, reason: code })
  })

  it('closes a peer that does not read under the policy disconnect, and lets it try again', async () => {
    await start({ busLimits: { queue: 64 * 1024 } })
    const slow = await dial('cloudevents.json', '?lag=disconnect')
    await skipTo(slow, ({ type }) => type === 'tocsin.live')
    rawSocket(slow.socket).pause()
    while ([...hub.bus.subscriptions].length > 0) {
      hub.bus.emit({ tag: 'n', data: 'x'.repeat(20_000) })
      await new Promise((go) => setImmediate(go))
    }
    rawSocket(slow.socket).resume()
    expect(await slow.closed()).toEqual({ code: 1013, reason: 'TCN_BUS_LAG' })
  })
})

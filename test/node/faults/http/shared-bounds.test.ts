// Runs on each supported Node.js: HTTP parsing and its limits.
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { method } from '../../../../src/methods/method.js'
import { type HttpFixture, type HttpFixtureOptions, startHttpFixture } from '../../../faces/http/fixture.js'
import { openWebSocket } from '../../../faces/http/websocket-driver.js'
import { codeIn, HttpPeer, head, statuses } from '../../../faults/http/peer.js'

let hub: HttpFixture
const start = async (options: HttpFixtureOptions = {}) => {
  hub = await startHttpFixture(options)
}
afterEach(() => hub.close())

const KiB = 1024
const budgets = { halfReceived: 1024 * KiB }
const json = 'content-type: application/json\r\n'
const lines = 'content-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n'
const post = () =>
  hub.fetch('admin', '/v1/events', {
    method: 'POST',
    body: JSON.stringify({ tag: 'a', data: 'x'.repeat(300 * KiB) }),
    headers: { 'content-type': 'application/json' },
  })

/** Opens connections that leave the hub with incomplete data. */
async function halves(count: number, bytes: string): Promise<HttpPeer[]> {
  const peers = Array.from({ length: count }, () => new HttpPeer(hub.port))
  for (const peer of peers) await peer.write(bytes)
  return peers
}

const halfBody = `${head('POST /v1/events')}${json}content-length: ${600 * KiB}\r\n\r\n"${'x'.repeat(400 * KiB)}`
const halfLine = `${head('POST /v1/events')}${lines}\r\n${(400 * KiB).toString(16)}\r\n${'x'.repeat(400 * KiB)}\r\n`
const upgrade =
  `${head('GET /v1/ws')}connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n` +
  `sec-websocket-key: ${Buffer.alloc(16).toString('base64')}\r\nsec-websocket-protocol: `

/** Returns the beginning of a binary message whose header announces a larger one. */
function halfMessage(bytes: number): Buffer {
  const header = Buffer.from([0x82, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
  header.writeUInt32BE(800 * KiB, 6)
  return Buffer.concat([header, Buffer.alloc(bytes)])
}

describe('half-received data of all connections', () => {
  it.each([
    ['bodies', halfBody],
    ['lines', halfLine],
  ])('is limited: of %s above the limit one is refused, and accepted when there is room', async (_, half) => {
    await start({ budgets })
    const peers = await halves(3, half)
    const refused = await Promise.race(peers.map((peer) => peer.closed.then(() => peer)))
    expect(statuses(refused.received)).toEqual([503])
    expect(codeIn(refused.received)).toBe('TCN_HTTP_TOO_MANY')
    expect(refused.received).toMatch(/retry-after: 1\r\n/i)
    for (const { socket } of peers) socket.destroy()
    await expect.poll(async () => (await post()).status).toBe(200)
  })

  it.each(['tocsin.v1', 'tocsin.v1+json', 'cloudevents.json'])(
    'includes messages of %s: the one above the limit is closed with 1013',
    async (protocol) => {
      await start({ budgets })
      const peers = await halves(3, `${upgrade}${protocol}\r\n\r\n`)
      for (const peer of peers) await expect.poll(() => peer.received).toContain('\r\n\r\n')
      for (const peer of peers) await peer.write(halfMessage(400 * KiB))
      // The two bytes of the code alone could also occur in a welcome.
      const closed = Buffer.from([0x03, 0xf5, ...Buffer.from('TCN_PROTOCOL_TOO_MANY')]).toString()
      await expect.poll(() => peers.filter(({ received }) => received.includes(closed))).toHaveLength(1)
      for (const { socket } of peers) socket.destroy()
      await expect.poll(async () => (await post()).status).toBe(200)
    },
  )

  it('does not include complete bodies and messages', async () => {
    await start({ budgets })
    for (let n = 0; n < 8; n++) expect((await post()).status).toBe(200)
    const { socket } = await openWebSocket(`${hub.url}/v1/ws?subscribe=no`, 'cloudevents.json', {
      authorization: 'Bearer admin',
    })
    const event = { specversion: '1.0', id: '1', source: 'admin', type: 't', data: 'x'.repeat(300 * KiB) }
    for (let n = 0; n < 8; n++) {
      socket.ping('still here')
      socket.send(JSON.stringify(event))
    }
    await expect.poll(() => hub.bus.log.last).toBe(16)
    socket.close()
  })
})

/** A method that waits until the test lets it continue. */
function slowMethod() {
  let begun = 0
  let go = () => {}
  const gate = new Promise<void>((resolve) => {
    go = resolve
  })
  const slow = method({
    name: 'events.slow' as never,
    summary: 'Waits.',
    right: 'see',
    params: z.object({}),
    result: z.unknown(),
    run: async () => {
      begun++
      await gate
      return {} as never
    },
  })
  return { slow, begun: () => begun, go: () => go() }
}

describe('concurrent requests', () => {
  it('of one principal leave room for those of others', async () => {
    const { slow, begun, go } = slowMethod()
    const grants = { busy: { see: '*' as const }, other: { see: '*' as const } }
    await start({ grants, budgets: { requestsOfOne: 2, requestsInAll: 3 }, methods: () => [slow] })
    const call = (as: string) => hub.fetch(as, '/v1/events.slow', { method: 'POST' })
    const running = [call('busy'), call('busy')]
    await expect.poll(begun).toBe(2)
    await expect.poll(async () => (await hub.fetch('busy', '/v1/events')).status).toBe(503)
    expect((await hub.fetch('other', '/v1/events')).status).toBe(200)
    go()
    for (const answer of running) expect((await answer).status).toBe(200)
    expect((await hub.fetch('busy', '/v1/events')).status).toBe(200)
  })

  it('are limited for all principals together, and one more is asked to try again later', async () => {
    const { slow, begun, go } = slowMethod()
    await start({ budgets: { requestsInAll: 2 }, methods: () => [slow] })
    const call = () => hub.fetch('admin', '/v1/events.slow', { method: 'POST' })
    const running = [call(), call()]
    await expect.poll(begun).toBe(2)
    await expect.poll(async () => (await hub.fetch('admin', '/v1/events')).status).toBe(503)
    const refused = await call()
    expect(refused.status).toBe(503)
    expect(refused.headers.get('retry-after')).toBe('1')
    expect(await refused.json()).toMatchObject({ code: 'TCN_HTTP_TOO_MANY' })
    go()
    for (const answer of running) expect((await answer).status).toBe(200)
    expect((await hub.fetch('admin', '/v1/events')).status).toBe(200)
  })
})

// Runs on each supported Node.js: HTTP parsing and its limits.
import { afterEach, describe, expect, it } from 'vitest'
import { type HttpFixture, type HttpFixtureOptions, startHttpFixture } from '../../../faces/http/fixture.js'
import { codeIn, HttpPeer, head, statuses } from '../../../faults/http/peer.js'

let hub: HttpFixture
const start = async (options: HttpFixtureOptions = {}) => {
  hub = await startHttpFixture({ grants: { few: { publish: ['few/'] } }, ...options })
}
afterEach(() => hub.close())

const MiB = 2 ** 20
const json = 'content-type: application/json\r\n'
const lines = 'content-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n'
const post = (as: string, body: string, type = 'application/json') =>
  hub.fetch(as, '/v1/events', { method: 'POST', body, headers: { 'content-type': type } })

describe('an upload', () => {
  it('that continues indefinitely keeps none of its published events', async () => {
    await start({ logBytes: 8 * MiB })
    const peer = new HttpPeer(hub.port, `${head('POST /v1/events')}${lines}\r\n`)
    const block = `${JSON.stringify({ tag: 'a', data: 'x'.repeat(1000) })}\n`.repeat(256)
    const megabytes = async (count: number) => {
      for (let n = 0; n < count * 4; n++) await peer.writeChunk(block)
      const { external, arrayBuffers, heapUsed } = process.memoryUsage()
      return Math.max(external, arrayBuffers) + heapUsed
    }
    const before = await megabytes(100)
    const after = await megabytes(300)
    expect(after - before).toBeLessThan(100 * MiB)
    await peer.write('0\r\n\r\n')
    await expect.poll(() => peer.received).toContain('"complete":true')
    peer.socket.destroy()
  })

  it('of very many short lines keeps none of them', async () => {
    await start({ logBytes: 8 * MiB })
    const peer = new HttpPeer(hub.port, `${head('POST /v1/events')}${lines}\r\n`)
    const block = '{"tag":"a"}\n'.repeat(10_000)
    const send = async (blocks: number) => {
      for (let n = 0; n < blocks; n++) await peer.writeChunk(block)
      const { external, heapUsed } = process.memoryUsage()
      return external + heapUsed
    }
    const before = await send(20)
    const after = await send(60)
    expect(after - before).toBeLessThan(100 * MiB)
    await peer.write('0\r\n\r\n')
    await expect.poll(() => peer.received, { timeout: 30_000 }).toContain('"lines":800000')
    peer.socket.destroy()
  })

  it('with an invalid event before a forbidden one is answered for both', async () => {
    await start()
    const answer = await post('few', '[{"tag":"few/1"},{"no":"event"},{"tag":"other"}]')
    expect(await answer.json()).toMatchObject({
      accepted: 1,
      items: [{ cursor: expect.any(String) }, { code: 'TCN_HTTP_BODY' }, { code: 'TCN_ACCESS_DENIED' }],
    })
    const bulk = await post('few', '{"no":"event"}\n\n{"tag":"other"}\n', 'application/x-ndjson')
    expect(
      (await bulk.text())
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      { line: 1, code: 'TCN_HTTP_BODY' },
      { line: 3, code: 'TCN_ACCESS_DENIED' },
      { complete: true, lines: 3, accepted: 0, refused: 2 },
    ])
  })

  it('with half of a character in the tag or the data is refused, not repaired', async () => {
    await start()
    for (const half of ['{"tag":"a\\ud800b","data":1}', '{"tag":"a","data":{"\\ud800":1,"\\udc00":2}}']) {
      expect(await (await post('admin', half)).json()).toMatchObject({ code: 'TCN_HTTP_JSON' })
      const bulk = await post('admin', `${half}\n`, 'application/x-ndjson')
      expect(await bulk.text()).toContain('"code":"TCN_HTTP_JSON"')
    }
    expect(hub.bus.log.last).toBe(0)
  })

  it('receives a short answer for large errors', async () => {
    await start()
    const name = 'x'.repeat(500_000)
    const event = { specversion: '1.0', id: '1', source: 's', type: 't', [name]: 1 }
    const plain = { tag: 'a', attributes: { [name]: 1 } }
    const body = `${JSON.stringify(event)}\n${JSON.stringify(plain)}\n`.repeat(5)
    const text = await (await post('admin', body, 'application/x-ndjson')).text()
    expect(text.match(/TCN_CLOUDEVENT_INVALID/g)).toHaveLength(5)
    expect(text.match(/TCN_ATTRIBUTES_INVALID/g)).toHaveLength(5)
    expect(text.length).toBeLessThan(10_000)
  })

  it.each([
    ['declared', `content-length: ${2 * MiB}\r\n\r\n`],
    [
      'in chunks',
      `transfer-encoding: chunked\r\n\r\n${(2 * MiB).toString(16)}\r\n${' '.repeat(2 * MiB)}\r\n`,
    ],
  ])('larger than the limit, %s, is refused and not read to its end', async (_, rest) => {
    await start()
    const peer = new HttpPeer(hub.port, `${head('POST /v1/events')}${json}${rest}`)
    const text = await peer.closed
    expect(statuses(text)).toEqual([413])
    expect(codeIn(text)).toBe('TCN_HTTP_TOO_LARGE')
  })

  it('that no route reads ends its connection with the answer', async () => {
    await start()
    const peer = new HttpPeer(
      hub.port,
      'GET /healthz HTTP/1.1\r\nhost: localhost\r\ncontent-length: 999\r\n\r\n',
    )
    expect(statuses(await peer.closed)).toEqual([200])
  })
})

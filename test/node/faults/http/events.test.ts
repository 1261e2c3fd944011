// Runs on each supported Node.js: HTTP parsing and its limits.
import { afterEach, describe, expect, it } from 'vitest'
import { type HttpFixture, type HttpFixtureOptions, startHttpFixture } from '../../../faces/http/fixture.js'
import { codeIn, HttpPeer, head } from '../../../faults/http/peer.js'

let hub: HttpFixture
const start = async (options: HttpFixtureOptions = {}) => {
  hub = await startHttpFixture(options)
}
afterEach(() => hub.close())

async function publish(body: string, type: string, headers: Record<string, string> = {}) {
  const answer = await hub.fetch('admin', '/v1/events', {
    method: 'POST',
    body,
    headers: { 'content-type': type, ...headers },
  })
  return (await answer.json()) as { code?: string; detail?: string; details?: object }
}
const sound = { specversion: '1.0', id: '1', source: 's', type: 't' }

describe('a CloudEvent', () => {
  it.each(['specversion', 'id', 'source', 'type'])('without %s is refused by that name', async (missing) => {
    await start()
    const { [missing as 'id']: _, ...event } = sound
    const ce = Object.fromEntries(Object.entries(event).map(([name, value]) => [`ce-${name}`, value]))
    const answers = [
      await publish(JSON.stringify(event), 'application/cloudevents+json'),
      await publish('{}', 'application/json', ce),
    ]
    const refusal = { code: 'TCN_CLOUDEVENT_INVALID', details: { attribute: missing } }
    expect(answers).toMatchObject([refusal, refusal])
    expect(hub.bus.log.last).toBe(0)
  })

  it.each([
    ['id', ''],
    ['id', 7],
    ['source', {}],
    ['type', []],
    ['type', null],
    ['specversion', '0.3'],
    ['time', 'yesterday'],
    ['source', 'x'.repeat(300)],
    ['Upper', 'x'],
    ['__proto__', 'x'],
    ['data_base64', '***'],
    ['note', 'a\r\ndata: {}'],
    ['note', { deep: 1 }],
  ])('whose %s is %j is refused', async (name, value) => {
    await start()
    const event = `${JSON.stringify(sound).slice(0, -1)},"${name}":${JSON.stringify(value)}}`.replace(
      new RegExp(`"${name}":[^,]*,(?=.*"${name}":)`),
      '',
    )
    expect((await publish(event, 'application/cloudevents+json')).code).toBe('TCN_CLOUDEVENT_INVALID')
    expect(hub.bus.log.last).toBe(0)
  })
})

describe('JSON', () => {
  it.each([
    ['a key twice', '{"tag":"a","data":{"k":1,"k":2}}', 'TCN_HTTP_JSON'],
    ['a key twice, once escaped', '{"tag":"a","data":{"k":1,"\\u006b":2}}', 'TCN_HTTP_JSON'],
    ['nesting without an end', `{"tag":"a","data":${'['.repeat(100_000)}`, 'TCN_BODY_DEPTH'],
    ['nesting that is complete', `{"tag":"a","data":${'['.repeat(200)}${']'.repeat(200)}}`, 'TCN_BODY_DEPTH'],
    ['a number beyond all numbers', '{"tag":"a","data":1e999}', 'TCN_HTTP_JSON'],
    ['line breaks in the tag', '{"tag":"a\\r\\ndata: x"}', /^TCN_/],
    ['a tag of another kind', '{"tag":["a"]}', 'TCN_HTTP_BODY'],
    ['an unknown key', '{"tag":"a","__proto__":{"source":"hub"}}', 'TCN_HTTP_BODY'],
    ['nothing', 'null', 'TCN_HTTP_BODY'],
  ])('with %s is refused, and nothing of it accepted', async (_, body, code) => {
    await start()
    expect((await publish(body, 'application/json')).code).toEqual(
      code instanceof RegExp ? expect.stringMatching(code) : code,
    )
    expect(hub.bus.log.last).toBe(0)
  })

  it('with unusual keys in the data is returned unchanged', async () => {
    await start()
    const data = '{"__proto__":{"x":1},"constructor":2,"":3,"\\r\\nid: 9":4}'
    await publish(`{"tag":"a","data":${data}}`, 'application/json')
    const text = await (await hub.fetch('admin', '/v1/events')).text()
    expect(text).toContain(`"data":${data}`)
  })
})

describe('a filter', () => {
  it.each([
    ['where=tag LIKE', /at character \d+/],
    ["where=data.x = 'open", /at character \d+/],
    [`where=${'('.repeat(500)}1`, /./],
    ['filter=', /./],
    [`filter=${'*a'.repeat(200)}`, /./],
  ])('%s is refused with an explanation, on every path that accepts one', async (query, words) => {
    await start()
    const parameter = encodeURI(query)
    for (const path of ['events', 'stream']) {
      const answer = await hub.fetch('admin', `/v1/${path}?${parameter}`)
      const { code, detail } = (await answer.json()) as { code: string; detail: string }
      expect([path, answer.status]).toEqual([path, 400])
      expect(code).toMatch(/^TCN_(FILTER|HTTP_QUERY|METHOD_PARAMS)/)
      expect(detail).toMatch(words)
    }
  })
})

it('expired credentials end uploads, reads and streams in progress', async () => {
  const ending = new AbortController()
  await start({
    server: {
      identify: ({ token }) => ({
        principal: hub.access.principal('admin'),
        ended: token === 'short' ? ending.signal : undefined,
      }),
    },
  })
  const upload = new HttpPeer(
    hub.port,
    `${head('POST /v1/events', 'short')}content-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n`,
  )
  await upload.writeChunk('{"tag":"a"}\n')
  const stream = new HttpPeer(hub.port, `${head('GET /v1/stream?from=start', 'short')}\r\n`)
  await expect.poll(() => stream.received).toContain('"subject":"a"')
  ending.abort()
  expect(codeIn(await upload.closed)).toBe('TCN_ACCESS_TOKEN')
  expect(upload.received).toContain('"accepted":1')
  expect(codeIn(await stream.closed)).toBe('TCN_ACCESS_TOKEN')
  const late = new HttpPeer(hub.port, `${head('GET /v1/events', 'short')}connection: close\r\n\r\n`)
  expect(codeIn(await late.closed)).toBe('TCN_ACCESS_TOKEN')
})

it('bytes after the request of a stream do not become part of it', async () => {
  await start()
  const peer = new HttpPeer(hub.port, `${head('GET /v1/stream')}\r\n`)
  await expect.poll(() => peer.received).toContain('event: live')
  await peer.write('nonsense\r\n\r\n')
  expect((await peer.closed).match(/HTTP\/1\.1/g)).toHaveLength(1)
})

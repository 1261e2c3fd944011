import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Client } from '../../../src/client/index.js'
import { formatTime } from '../../../src/event/position.js'
import { startTestHub, type TestHub } from '../../../src/hub/testing.js'
import { restconfSourcesConfig } from '../../../src/sources/restconf/config.js'
import { restconfSource } from '../../../src/sources/restconf/index.js'
import { SourceRunner } from '../../../src/sources/runner.js'
import { FakeHost } from '../../helpers/fake-source-host.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { openStream, type SseReader } from './sse-driver.js'

let hub: TestHub
let publisher: Client
const readers: SseReader[] = []
const PAST = 'start-time=1970-01-01T00:00:00Z'

beforeEach(async () => {
  hub = await startTestHub({
    http: true,
    config: {
      principals: { ann: { see: ['room/'] }, blind: {} },
      streams: [
        { name: 'rooms', description: 'All rooms.', filter: ['room/'] },
        { name: 'now', filter: ['room/'], replay: false },
      ],
    },
  })
  publisher = await hub.connect()
})

afterEach(async () => {
  for (const { response } of readers.splice(0)) response.destroy()
  await publisher.close()
  await hub.close()
})

let tokens = 0
async function bearer(principal: string): Promise<{ authorization: string }> {
  const { token } = await hub.hub.access.tokens.add({ name: `${principal}-${++tokens}`, principal })
  return { authorization: `Bearer ${token}` }
}

async function get(path: string, as = 'ann', headers: Record<string, string> = {}): Promise<Response> {
  return fetch(hub.http + path, { headers: { ...(await bearer(as)), ...headers } })
}

async function open(path: string, as = 'ann'): Promise<SseReader> {
  const reader = await openStream(`${hub.http}/restconf/streams/${path}`, await bearer(as))
  readers.push(reader)
  return reader
}

async function next(reader: SseReader): Promise<string | undefined> {
  for (;;) {
    const block = await reader.next()
    if (block === undefined || block.data !== undefined) return block?.data
  }
}

const publish = (n: number) => publisher.publish(`room/${n}`, { n })

describe('the state of RESTCONF', () => {
  it('is found from host-meta, and lists the streams with their locations', async () => {
    await publish(1)
    const meta = await fetch(`${hub.http}/.well-known/host-meta`)
    expect(meta.headers.get('content-type')).toBe('application/xrd+xml')
    expect(await meta.text()).toContain('<Link rel="restconf" href="/restconf"/>')
    expect(await (await get('/restconf')).json()).toEqual({
      'ietf-restconf:restconf': { data: {}, operations: {}, 'yang-library-version': '2019-01-04' },
    })
    const path = '/restconf/data/ietf-restconf-monitoring:restconf-state'
    const streams = await get(`${path}/streams`)
    expect(streams.headers.get('content-type')).toBe('application/yang-data+json')
    const { 'ietf-restconf-monitoring:streams': listed } = (await streams.json()) as Record<
      string,
      { stream: unknown[] }
    >
    expect(listed.stream).toContainEqual({
      name: 'rooms',
      description: 'All rooms.',
      'replay-support': true,
      access: [
        { encoding: 'json', location: '/restconf/streams/rooms/json' },
        { encoding: 'xml', location: '/restconf/streams/rooms/xml' },
      ],
    })
    expect(listed.stream).toContainEqual(expect.objectContaining({ name: 'now', 'replay-support': false }))
    const xml = await get(path, 'admin', { accept: 'application/yang-data+xml' })
    expect(await xml.text()).toMatch(
      /^<restconf-state xmlns="urn:ietf:params:xml:ns:yang:ietf-restconf-monitoring"><capabilities><capability>.*<replay-log-creation-time>/,
    )
  })

  it('answers what is not there, and a principal that sees nothing, with an error', async () => {
    const absent = await get('/restconf/data/ietf-interfaces:interfaces')
    expect(absent.status).toBe(404)
    expect(await absent.json()).toMatchObject({
      'ietf-restconf:errors': { error: [{ 'error-tag': 'invalid-value' }] },
    })
    const path = '/restconf/data/ietf-restconf-monitoring:restconf-state/streams'
    expect((await get(path, 'blind')).status).toBe(403)
    expect((await fetch(hub.http + path)).status).toBe(401)
  })
})

describe('a stream', () => {
  it('brings the past and then the present, in JSON and in XML', async () => {
    await publish(1)
    const [json, xml] = [await open(`rooms/json?${PAST}`), await open(`rooms?${PAST}`)]
    const first = JSON.parse((await next(json)) ?? '')
    expect(first).toEqual({
      'ietf-restconf:notification': {
        eventTime: expect.stringMatching(/^\d{4}-.*Z$/),
        'tocsin-events:tocsin.event': {
          n: 1,
          '@': {
            'tocsin-events:tag': 'room/1',
            'tocsin-events:source': expect.any(String),
            'tocsin-events:time': first['ietf-restconf:notification'].eventTime,
          },
        },
      },
    })
    expect(await next(xml)).toMatch(
      /^<notification xmlns="urn:ietf:params:xml:ns:netconf:notification:1.0"><eventTime>.*<n>1<\/n><\/tocsin.event><\/notification>$/,
    )
    await publish(2)
    expect(await next(json)).toContain('"n":2')
    expect(await next(xml)).toContain('<n>2</n>')
    expect(json.raw).toContain(': live\n\n')
  })

  it('has only what the principal may see', async () => {
    await publisher.publish('secret/1', {})
    await publish(1)
    const reader = await open(`NETCONF/json?${PAST}`)
    expect(await next(reader)).toContain('room/1')
    expect(reader.raw).not.toContain('secret')
  })

  it('has a filter, and ends at its stop time', async () => {
    for (const n of [1, 2, 3]) await publish(n)
    // The clock of the test has milliseconds, and that of the log has microseconds.
    const until = encodeURIComponent(formatTime((Date.now() + 1) * 1000))
    const filter = encodeURIComponent('/*[n > 1]')
    const reader = await open(`rooms/xml?${PAST}&stop-time=${until}&filter=${filter}`)
    expect(await next(reader)).toContain('<n>2</n>')
    expect(await next(reader)).toContain('<n>3</n>')
    expect(await next(reader)).toBeUndefined()
    expect(reader.raw).toContain(': the stop time has come\n\n')
  })

  it('refuses what is not there, times that make no sense, and a filter that is none', async () => {
    const future = encodeURIComponent(formatTime((Date.now() + 60_000) * 1000))
    const refused: [string, number][] = [
      ['absent', 404],
      ['rooms/cbor', 404],
      [`now?${PAST}`, 400],
      ['rooms?start-time=yesterday', 400],
      [`rooms?start-time=${future}`, 400],
      [`rooms?stop-time=${future}`, 400],
      [`rooms?${PAST}&stop-time=1969-01-01T00:00:00Z`, 400],
      ['rooms?filter=%2F%2F%2F', 400],
      ['rooms?depth=1', 400],
    ]
    for (const [path, status] of refused) {
      const answer = await get(`/restconf/streams/${path}`, 'ann', { accept: 'text/event-stream' })
      expect([path, answer.status]).toEqual([path, status])
      await answer.body?.cancel()
    }
  })

  it('is read by the source restconf, in either encoding, and continued after a loss', async () => {
    const folder = temporaryFolder('restconf-face')
    const tokenFile = join(folder, 'token')
    writeFileSync(tokenFile, (await bearer('ann')).authorization.slice('Bearer '.length), { mode: 0o600 })
    for (const encoding of ['json', 'xml'] as const) {
      const host = new FakeHost(realRuntime)
      const [entry] = restconfSourcesConfig.parse([
        { name: 'hub', url: hub.http, tokenFile, stream: 'rooms', encoding, from: 'start' },
      ])
      const numbers = () =>
        host.events
          .filter(({ tag }) => tag === 'restconf/hub/tocsin.event')
          .map(({ data }) => Number((data as { content: { n: unknown } }).content.n))
      const before = encoding === 'json' ? [] : [1, 2, 3]
      if (encoding === 'json') await publish(1)
      const first = new SourceRunner(restconfSource(entry), host)
      first.start()
      await expect.poll(numbers).toEqual(encoding === 'json' ? [1] : before)
      await first.stop()
      if (encoding === 'json') await publish(2)
      const second = new SourceRunner(restconfSource(entry), host)
      second.start()
      if (encoding === 'json') {
        await expect.poll(numbers).toEqual([1, 2])
        await publish(3)
      }
      await expect.poll(numbers).toEqual([1, 2, 3])
      await second.stop()
      expect(host.data('hub/gap/restconf/hub')).toEqual([])
    }
  })
})

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Event, encode, iterateFrames } from '../../../src/event/index.js'
import { type HttpFixture, startHttpFixture } from './fixture.js'

let hub: HttpFixture
beforeEach(async () => {
  hub = await startHttpFixture({ grants: { open: { publish: '*', source: '' } }, limits: { body: 2 ** 24 } })
})
afterEach(() => hub.close())

async function post(body: unknown, { type = 'application/json', headers = {} }: PostOptions = {}) {
  const response = await hub.fetch('admin', '/v1/events', {
    method: 'POST',
    headers: { 'content-type': type, ...headers },
    body: typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
  })
  const lines = (await response.text()).trim().split('\n')
  const answers = lines.map((line) => JSON.parse(line))
  return { status: response.status, answer: answers[0], answers }
}

interface PostOptions {
  type?: string
  headers?: Record<string, string>
}

async function stored(): Promise<Event[]> {
  const events: Event[] = []
  for await (const batch of hub.bus.log.read(hub.bus.log.first, { to: hub.bus.log.last })) {
    for (const event of iterateFrames(batch.bytes)) events.push(new Event(event.bytes, event.at))
  }
  return events.filter((event) => !event.tag.startsWith('hub/'))
}
const storedData = async () => (await stored()).map((event) => event.data)

const ce = { specversion: '1.0', id: 'a', source: 'lab', type: 'lab.made' }
const structured = 'application/cloudevents+json'

describe('publishing long bodies over HTTP', () => {
  const many = Object.fromEntries(Array.from({ length: 30_000 }, (_, index) => [`key-${index}`, index]))
  const wide = JSON.stringify(many).replace(':0,', ':9007199254740993,')
  const wideData = { ...many, 'key-0': 9007199254740993n }

  it('stores the same as from short ones, in every form', async () => {
    const plain = `{"tag":"lab/long","data":${wide}}`
    const event = JSON.stringify(ce).replace('}', `,"data":${wide}}`)
    for (const [type, body, headers] of [
      ['application/json', ` ${plain} `],
      ['application/json', `[ ${plain} , {"tag":"lab/short","data":"é"} ]`],
      ['application/x-ndjson', `${plain}\n`],
      [structured, event],
      ['application/cloudevents-batch+json', `[${event}]`],
      [
        'application/json',
        wide,
        { 'ce-specversion': '1.0', 'ce-id': 'a', 'ce-source': 'lab', 'ce-type': 'lab.made' },
      ],
    ] as [string, string, Record<string, string>?][])
      expect(await post(body, { type, headers })).toMatchObject({ status: 200 })
    expect(await storedData()).toEqual([wideData, wideData, 'é', wideData, wideData, wideData, wideData])
    expect((await stored()).map(({ tag }) => tag)).toEqual([
      ...['lab/long', 'lab/long', 'lab/short', 'lab/long', 'lab/made', 'lab/made', 'lab/made'],
    ])
  })

  it('publishes few long events at once, and none that the hub must walk again', async () => {
    const published: { bytes: number; depth: number | undefined }[] = []
    const make = hub.bus.publisher.bind(hub.bus)
    vi.spyOn(hub.bus, 'publisher').mockImplementation((...given) => {
      const publisher = make(...given)
      const publish = publisher.publish.bind(publisher)
      publisher.publish = (bytes, start, end, walked) => {
        published.push({ bytes: end - start, depth: walked?.depth })
        publish(bytes, start, end, walked)
      }
      return publisher
    })
    const data = JSON.stringify([Array(60_000).fill(12345)])
    const plain = `{"tag":"lab/long","data":${data}}`
    const event = JSON.stringify(ce).replace('}', `,"data":${data}}`)
    for (const body of [plain, `[${plain},${plain}]`, `[${event},${event}]`])
      expect(await post(body)).toMatchObject({ status: 200 })
    expect(published).toHaveLength(5)
    for (const { bytes, depth } of published) {
      expect(bytes).toBeLessThan(data.length)
      expect(depth).toBe(2)
    }
  })

  it('copies a long event neither into a frame nor into the log', async () => {
    const given: ArrayBufferLike[] = []
    const make = hub.bus.publisher.bind(hub.bus)
    vi.spyOn(hub.bus, 'publisher').mockImplementation((...options) => {
      const publisher = make(...options)
      const publish = publisher.publish.bind(publisher)
      publisher.publish = (bytes, start, end, walked, isGiven) => {
        if (isGiven) given.push(bytes.buffer)
        publish(bytes, start, end, walked, isGiven)
      }
      return publisher
    })
    const data = JSON.stringify(Array(400_000).fill(12345))
    const plain = `{"tag":"lab/long","data":${data}}`
    expect(await post(plain)).toMatchObject({ status: 200 })
    expect(
      await post(JSON.stringify(ce).replace('}', `,"data":${data}}`), { type: structured }),
    ).toMatchObject({ status: 200 })
    expect(given).toHaveLength(2)
    expect((await stored()).map(({ bytes }) => bytes.buffer)).toEqual(given)
    // Each of many would keep the memory of all of them.
    expect(await post(`[${plain},${plain},${plain}]`)).toMatchObject({ status: 200 })
    expect(new Set((await stored()).map(({ bytes }) => bytes.buffer)).size).toBe(5)
    expect((await storedData()).map((list) => (list as unknown[]).length)).toEqual(Array(5).fill(400_000))
  })

  it('keeps text and bytes of any length', async () => {
    const text = 'é'.repeat(200_000)
    const bytes = Buffer.alloc(300_000, 7)
    await post({ ...ce, datacontenttype: 'text/plain', data: text }, { type: structured })
    await post({ ...ce, data_base64: bytes.toString('base64') }, { type: structured })
    await post({ tag: 'lab/text', data: text })
    const data = await storedData()
    expect(data[0]).toBe(text)
    expect(Buffer.from(data[1] as Uint8Array).equals(bytes)).toBe(true)
    expect(data[2]).toBe(text)
  })

  it('stores what long base64 stands for, as in short events', async () => {
    const list = Array(40_000).fill(7)
    for (const [datacontenttype, data] of [
      ['application/json', Buffer.from(JSON.stringify(list))],
      ['application/vnd.msgpack', Buffer.from(encode(list))],
      ['application/octet-stream', Buffer.alloc(50_000, 7)],
    ] as [string, Buffer][])
      await post({ ...ce, datacontenttype, data_base64: data.toString('base64') }, { type: structured })
    const [json, msgpack, bytes] = await storedData()
    expect(json).toEqual(list)
    expect(msgpack).toEqual(list)
    expect(bytes).toHaveLength(50_000)
  })

  it('refuses long base64 that is not what it is said to be', async () => {
    const faulty = async (datacontenttype: string, data_base64: string) =>
      (await post({ ...ce, datacontenttype, data_base64 }, { type: structured })).answer.detail
    const bytes = Buffer.alloc(40_000, 0xc0).toString('base64')
    expect(await faulty('application/vnd.msgpack', bytes)).toContain('extra bytes follow')
    expect(await faulty('application/json', bytes)).toContain('it is not JSON')
    expect(await faulty('text/plain', `${bytes.slice(0, 20_000)}*${bytes.slice(20_001)}`)).toContain(
      'not base64',
    )
    expect(await faulty('text/plain', `AA==${bytes}`)).toContain('it is not base64')
  })

  it('refuses what it refuses in short ones, with the same codes', async () => {
    const long = `"${'x'.repeat(300_000)}"`
    const deep = `${'['.repeat(66)}${']'.repeat(66)}`
    for (const [body, code, type] of [
      [`{"tag":"a","data":${long}`, 'TCN_HTTP_JSON'],
      [`{"tag":"a","data":${long}} x`, 'TCN_HTTP_JSON'],
      [`{"tag":"a","data":${long},"data":1}`, 'TCN_HTTP_JSON'],
      [`{"tag":"a","data":{"long":${long},"a":1,"a":2}}`, 'TCN_HTTP_JSON'],
      [`{"tag":"a","data":[${deep},${long}]}`, 'TCN_BODY_DEPTH'],
      [`{"tag":"a","data":[${long},1e999]}`, 'TCN_HTTP_JSON'],
      [`{"tag":"a","other":${long}}`, 'TCN_HTTP_BODY'],
      [`{"tag":${long}}`, 'TCN_TAG_TOO_LONG'],
      [`{"tag":"\\ud800","data":${long}}`, 'TCN_HTTP_JSON'],
      [`{"tag":"a","attributes":{"a":[${long}]}}`, 'TCN_ATTRIBUTES_INVALID'],
      [`{"data":${long}}`, 'TCN_HTTP_BODY'],
      [long, 'TCN_HTTP_BODY'],
      [`[${'{"tag":"a"},'.repeat(30_000)}1]`, 'TCN_HTTP_BODY'],
      [`{"a":${long}}`, 'TCN_CLOUDEVENT_INVALID', structured],
      [`[${long}]`, 'TCN_HTTP_BODY', structured],
      [`{"a":${long}}`, 'TCN_HTTP_BODY', 'application/cloudevents-batch+json'],
      [Buffer.concat([Buffer.from(`{"tag":"a","data":${long}}`), Buffer.of(0xff)]), 'TCN_HTTP_JSON'],
    ] as [string | Buffer, string, string?][]) {
      const { status, answer } = await post(body, { type })
      expect([status, answer.code]).toEqual([expect.any(Number), code])
      expect(status).toBeGreaterThanOrEqual(400)
    }
    expect(await stored()).toEqual([])
  })

  it('takes a long last line without an end of line', async () => {
    const body = `{"tag":"lab/short"}\n{"tag":"lab/long","data":${wide}}`
    const { answer } = await post(body, { type: 'application/x-ndjson' })
    expect(answer).toMatchObject({ accepted: 2, lines: 2 })
    expect(await storedData()).toEqual([null, wideData])
  })

  it('refuses single events of a long list and single long lines', async () => {
    const long = `"${'x'.repeat(300_000)}"`
    const list = await post(`[{"tag":"a","data":${long}},3,{"tag":"","data":1},{"tag":"b","data":2}]`)
    expect([list.status, list.answer.accepted, list.answer.refused]).toEqual([207, 2, 2])
    const lines = `{"tag":"c","data":${long}}\n[${long}]\n{"tag":"d","data":${long}\n{"tag":"e","data":1}\n`
    const { answers } = await post(lines, { type: 'application/x-ndjson' })
    expect(answers.map(({ line, code }: Record<string, unknown>) => [line, code])).toEqual([
      [2, 'TCN_HTTP_BODY'],
      [3, 'TCN_HTTP_JSON'],
      [undefined, undefined],
    ])
    expect((await stored()).map(({ tag }) => tag)).toEqual(['a', 'b', 'c', 'e'])
  })
})

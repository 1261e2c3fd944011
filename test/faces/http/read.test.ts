import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { method } from '../../../src/methods/method.js'
import { type HttpFixture, type HttpFixtureOptions, startHttpFixture } from './fixture.js'

let hub: HttpFixture
const start = async (options: HttpFixtureOptions = {}) => {
  hub = await startHttpFixture(options)
}
afterEach(() => hub.close())

const fill = (count: number, tag = 'n') => {
  for (let n = 0; n < count; n++) hub.bus.emit({ tag, data: { n } })
  hub.bus.flush()
}
interface Answer {
  events: { data: { n: number } }[]
  next?: string
  gaps: unknown[]
  types: { type: string; schema?: { $schema: string } }[]
}
const get = async (path: string, as = 'admin', headers: Record<string, string> = {}) => {
  const response = await hub.fetch(as, path, { headers })
  return { status: response.status, answer: (await response.json()) as Answer }
}
const numbers = (events: { data: { n: number } }[]) => events.map((event) => event.data.n)

describe('reading over HTTP', () => {
  it('returns pages forwards, each from the cursor of the previous one', async () => {
    await start()
    fill(25)
    const seen: number[] = []
    for (let from: string | undefined = 'start'; from !== undefined; ) {
      const { answer } = await get(`/v1/events?limit=10&from=${from}`)
      seen.push(...numbers(answer.events))
      from = answer.next
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, n) => n))
  })

  it('returns pages in the order in which the events happened', async () => {
    await start()
    const order = [3, 0, 4, 1, 2]
    for (const n of order)
      hub.bus.emit({ tag: 'n', data: { n }, attributes: { time: `2026-01-02T08:00:0${n}Z` } })
    hub.bus.flush()
    const range = 'time=event&from=2026-01-02T08:00:01Z&to=2026-01-02T08:00:05Z&limit=3'
    const first = (await get(`/v1/events?${range}`)).answer
    const second = (await get(`/v1/events?${range}&more=${first.next}`)).answer
    expect([numbers(first.events), numbers(second.events)]).toEqual([[1, 2, 3], [4]])
    expect(second.next).toBeUndefined()
  })

  it('returns a page as a batch of CloudEvents, whose headers lead to the next page', async () => {
    await start()
    fill(25)
    const batch = 'application/cloudevents-batch+json'
    const seen: number[] = []
    for (let path = '/v1/events?filter=n&limit=10'; path !== ''; ) {
      const response = await hub.fetch('admin', path, { headers: { accept: batch } })
      expect(response.headers.get('content-type')).toBe(`${batch}; charset=utf-8`)
      seen.push(...numbers((await response.json()) as Answer['events']))
      path = /^<([^>]+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1] ?? ''
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, n) => n))
  })

  it('names the gaps of a batch in a header', async () => {
    await start()
    fill(3)
    const from = '/v1/events?from=zzzzzzzzzzzzz-5'
    const { answer } = await get(from)
    const response = await hub.fetch('admin', from, {
      headers: { accept: 'application/cloudevents-batch+json' },
    })
    expect(answer.gaps).toHaveLength(1)
    expect(JSON.parse(response.headers.get('tocsin-gaps')!)).toEqual(answer.gaps)
  })

  it('returns pages backwards', async () => {
    await start()
    fill(25)
    const first = (await get('/v1/events?limit=10&before=end')).answer
    const second = (await get(`/v1/events?limit=10&before=${first.next}`)).answer
    expect([...numbers(first.events), ...numbers(second.events)]).toEqual(
      Array.from({ length: 20 }, (_, n) => 24 - n),
    )
  })

  it('returns events as CloudEvents, filtered, and only those that may be seen', async () => {
    await start({ grants: { some: { see: ['a/'] } } })
    fill(1, 'a/1')
    fill(1, 'a/2')
    fill(1, 'b/1')
    const { answer } = await get('/v1/events?filter=a/*&filter=b/*&filter=!a/2', 'some')
    expect(answer.events).toMatchObject([
      { specversion: '1.0', id: `${hub.bus.epoch}-1`, subject: 'a/1', type: 'tocsin.event', data: { n: 0 } },
    ])
    expect(answer.gaps).toEqual([])
  })

  it('returns any number of events as lines', async () => {
    await start()
    fill(2500)
    const response = await hub.fetch('admin', '/v1/events', { headers: { accept: 'application/x-ndjson' } })
    const lines = (await response.text()).trim().split('\n')
    expect(numbers(lines.map((line) => JSON.parse(line)))).toEqual(Array.from({ length: 2500 }, (_, n) => n))
    const some = await hub.fetch('admin', '/v1/events?limit=3', {
      headers: { accept: 'application/x-ndjson' },
    })
    expect(JSON.parse((await some.text()).trim().split('\n').at(-1)!)).toEqual({ next: `${hub.bus.epoch}-3` })
  })

  it('reports which events have expired', async () => {
    await start({ logBytes: 1024 * 1024 })
    for (let n = 0; n < 40; n++) hub.bus.emit({ tag: 'big', data: 'x'.repeat(100_000) })
    hub.bus.flush()
    const { answer } = await get('/v1/events?from=@1&limit=1')
    expect(answer.gaps).toEqual([{ from: 1, to: hub.bus.log.first - 1, reason: 'expired' }])
    expect(await get(`/v1/events/${hub.bus.epoch}-1`)).toMatchObject({
      status: 404,
      answer: { code: 'TCN_EVENT_EXPIRED' },
    })
  })

  it('reports a cursor of another log as a gap, and replays nothing that was not requested', async () => {
    await start()
    fill(3)
    const gap = { from: 0, to: 0, reason: 'unknown-epoch' }
    const { answer } = await get('/v1/events?from=elsewherehere-2')
    expect(answer).toEqual({ events: [], cursor: `${hub.bus.epoch}-3`, gaps: [gap] })
    const lines = await hub.fetch('admin', '/v1/events?from=elsewherehere-2', {
      headers: { accept: 'application/x-ndjson' },
    })
    expect(await lines.text()).toBe(`${JSON.stringify({ gap })}\n`)
  })

  it('takes local times in the time zone of the query, or in UTC', async () => {
    await start()
    fill(3)
    const read = async (query: string) => (await get(`/v1/events?${query}`)).answer.events?.length
    const now = new Date(Date.now() + 60_000)
    const utc = now.toISOString().slice(0, 16)
    expect(await read(`to=${utc}`)).toBe(3)
    expect(await read(`to=${utc}&tz=%2B01:00`)).toBe(0)
    expect(await read(`from=${utc}&tz=%2B01:00`)).toBe(3)
    expect(await get('/v1/events?from=today&tz=Middle/Earth')).toMatchObject({
      status: 400,
      answer: { code: 'TCN_HTTP_QUERY' },
    })
  })

  it('returns one event as a CloudEvent, or as plain JSON to a client that wants that', async () => {
    await start()
    fill(1)
    const ask = (accept: string) => hub.fetch('admin', '/v1/events/@1', { headers: { accept } })
    for (const [accept, type] of [
      ['*/*', 'application/cloudevents+json'],
      ['application/cloudevents+json', 'application/cloudevents+json'],
      ['application/json', 'application/json'],
    ])
      expect((await ask(accept)).headers.get('content-type'), accept).toBe(`${type}; charset=utf-8`)
    expect((await ask('text/html')).status).toBe(406)
  })

  it('returns one event by its cursor, and reports one that may not be seen as unknown', async () => {
    await start({ grants: { some: { see: ['a/'] } } })
    fill(1, 'b/1')
    const path = `/v1/events/${hub.bus.epoch}-1`
    expect(await get(path)).toMatchObject({ status: 200, answer: { subject: 'b/1' } })
    const hidden = await get(path, 'some')
    const absent = await get(`/v1/events/${hub.bus.epoch}-999`, 'some')
    expect(hidden).toMatchObject({ status: 404, answer: { code: 'TCN_EVENT_UNKNOWN' } })
    expect(absent).toMatchObject({ status: 404, answer: { code: 'TCN_EVENT_UNKNOWN' } })
    expect(await get('/v1/events/@1')).toMatchObject({ status: 200, answer: { subject: 'b/1' } })
    expect(await get('/v1/events/@1', 'some')).toMatchObject({
      status: 404,
      answer: { code: 'TCN_EVENT_UNKNOWN' },
    })
    expect(await get('/v1/events/nonsense')).toMatchObject({ answer: { code: 'TCN_CURSOR_INVALID' } })
  })

  it.each([
    ['?limit=0', 'TCN_HTTP_QUERY'],
    ['?limit=many', 'TCN_HTTP_QUERY'],
    ['?limit=1000000', 'TCN_HTTP_QUERY'],
    ['?from=tomorrow', 'TCN_RANGE_INVALID'],
    ['?from=start&from=end', 'TCN_HTTP_QUERY'],
    [`?filter=${'x'.repeat(300)}`, 'TCN_FILTER_PATTERN_TOO_LONG'],
  ])('refuses the query %s', async (query, code) => {
    await start()
    expect(await get(`/v1/events${query}`)).toMatchObject({ status: 400, answer: { code } })
  })

  it('refuses an answer in an unsupported format', async () => {
    await start()
    const refused = await get('/v1/events', 'admin', { accept: 'text/html' })
    expect(refused).toMatchObject({ status: 406, answer: { code: 'TCN_HTTP_NOT_ACCEPTABLE' } })
  })
})

describe('management over HTTP', () => {
  const call = async (name: string, params: unknown, as = 'admin') => {
    const response = await hub.fetch(as, `/v1/${name}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(params),
    })
    return { status: response.status, text: await response.text() }
  }

  it('calls a method by its name, and returns frames as CloudEvents', async () => {
    await start()
    fill(1)
    const { status, text } = await call('events.get', { cursor: `${hub.bus.epoch}-1` })
    expect(status).toBe(200)
    expect(JSON.parse(text)).toMatchObject({ cursor: `${hub.bus.epoch}-1`, event: { data: { n: 0 } } })
  })

  it('refuses a caller without the right, invalid parameters, and an unknown method', async () => {
    await start({ grants: { some: { see: '*' } } })
    expect(JSON.parse((await call('subscribers.list', {}, 'some')).text)).toMatchObject({
      code: 'TCN_ACCESS_DENIED',
    })
    const wrong = JSON.parse((await call('events.get', { cursor: 5 })).text)
    expect(wrong).toMatchObject({ code: 'TCN_METHOD_PARAMS', details: { path: 'params.cursor' } })
    expect(JSON.parse((await call('no.such', {})).text)).toMatchObject({ code: 'TCN_HTTP_ROUTE' })
  })

  it('returns a long answer as lines', async () => {
    const counting = method({
      name: 'test.count',
      summary: 'Counts.',
      right: 'see',
      params: z.object({ to: z.int() }),
      result: z.unknown(),
      async run({ part }, { to }) {
        for (let n = 1; n <= to; n++) await part({ n })
        if (to > 2) throw new Error('too far')
        return { bytes: new Uint8Array([1]) }
      },
    })
    await start({ methods: () => [counting] })
    const lines = (text: string) =>
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    expect(lines((await call('test.count', { to: 2 })).text)).toEqual([
      { part: { n: 1 } },
      { part: { n: 2 } },
      { result: { bytes: 'AQ==' } },
    ])
    const failed = lines((await call('test.count', { to: 3 })).text)
    expect(failed.at(-1)).toMatchObject({ problem: { code: 'TCN_METHOD_FAILED' } })
  })

  it('returns the event types with their schemas', async () => {
    await start()
    const { types } = (await get('/v1/types')).answer
    expect(types.length).toBeGreaterThan(3)
    expect(await get(`/v1/types/${types[0].type}`)).toMatchObject({
      status: 200,
      answer: { type: types[0].type },
    })
    for (const { schema } of types) if (schema) expect(schema.$schema).toContain('2020-12')
  })
})

import { CloudEvent, HTTP } from 'cloudevents'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { webhookSourcesConfig } from '../../../src/sources/webhook/index.js'
import { TypeRegistry } from '../../../src/types/index.js'
import { sourceTypes } from '../../helpers/source-types.js'
import { WebhookHarness } from './harness.js'

let hook: WebhookHarness
beforeEach(() => {
  hook = new WebhookHarness()
})
afterEach(() => hook.close())

const bearer = { authorization: 'Bearer t' }
const structured = { ...bearer, 'content-type': 'application/cloudevents+json; charset=utf-8' }
const batch = { ...bearer, 'content-type': 'application/cloudevents-batch+json' }
const binary = {
  ...bearer,
  'ce-specversion': '1.0',
  'ce-id': 'A234-1234-1234',
  'ce-source': '/mycontext/4',
  'ce-type': 'com.example.someevent',
  'ce-time': '2026-04-05T17:31:00Z',
  'ce-subject': 'Euro%20%E2%82%AC%20%F0%9F%98%80',
  'ce-comexampleextension1': 'value',
}
const event = {
  specversion: '1.0',
  id: 'A234-1234-1234',
  source: '/mycontext/4',
  type: 'com.example.someevent',
  time: '2026-04-05T19:31:00+02:00',
  datacontenttype: 'application/json',
  data: { door: 'open' },
}
const made = {
  id: 'A234-1234-1234',
  source: '/mycontext/4',
  type: 'com.example.someevent',
  time: '2026-04-05T17:31:00.000000Z',
  contentType: 'application/json',
  payload: { door: 'open' },
}
const tag = 'cloudevent/com.example.someevent'

describe('the preset cloudevents', () => {
  beforeEach(() => hook.start({ token: 't', preset: 'cloudevents' }))

  it('keeps the attributes of an event in binary mode, and says when it happened', async () => {
    expect(await hook.answer('{"door":"open"}', binary)).toBe(200)
    const extensions = { comexampleextension1: 'value' }
    expect(hook.events).toEqual([{ tag, data: { ...made, subject: 'Euro € 😀', extensions } }])
    const [stored] = hook.host.events.filter(({ source }) => source)
    expect(stored).toMatchObject({ attributes: { time: made.time } })
    expect(new TypeRegistry(...sourceTypes).typeOf(stored.tag)).toBe('webhook.cloudevent')
  })

  it('makes one event of a structured one, and one of each in a batch', async () => {
    expect(await hook.answer(JSON.stringify(event), structured)).toBe(200)
    const other = { ...event, id: 'b', type: 'a/b', data: undefined, data_base64: '/wA=', null: null }
    expect(await (await hook.post(JSON.stringify([event, other]), batch)).json()).toEqual({ events: 2 })
    expect(await (await hook.post('[]', batch)).json()).toEqual({ events: 0 })
    expect(hook.events).toEqual([
      { tag, data: made },
      { tag, data: made },
      {
        tag: expect.stringMatching(/^cloudevent\/[^/]+$/),
        data: { ...made, id: 'b', type: 'a/b', payload: Uint8Array.of(0xff, 0) },
      },
    ])
  })

  it('reads long data as any other', async () => {
    const list = Array.from({ length: 10_000 }, (_, nth) => nth)
    await hook.post(JSON.stringify({ ...event, data: list }), structured)
    await hook.post(JSON.stringify([{ ...event, data: { list } }]), batch)
    await hook.post(
      JSON.stringify({ ...event, data: undefined, data_base64: 'AAAA'.repeat(10_000) }),
      structured,
    )
    expect(hook.events.map(({ data }) => Object.keys(data))).toEqual(Array(3).fill(Object.keys(made)))
    expect(hook.events[2].data.payload).toEqual(new Uint8Array(30_000))
  })

  it('understands what the SDK of CloudEvents sends', async () => {
    const sent = new CloudEvent({ ...event, time: '2026-04-05T17:31:00.000Z' })
    for (const message of [HTTP.binary(sent), HTTP.structured(sent)]) {
      const headers = Object.fromEntries(Object.entries(message.headers).map(([k, v]) => [k, String(v)]))
      expect(await hook.answer(String(message.body), { ...bearer, ...headers })).toBe(200)
    }
    expect(hook.events.map(({ data }) => data)).toMatchObject([
      { ...made, contentType: expect.stringMatching(/^application\/json/) },
      made,
    ])
  })

  it('keeps a time that cannot be read as an extension', async () => {
    await hook.post(JSON.stringify({ ...event, time: 'noon' }), structured)
    expect(hook.events[0].data).toEqual({ ...made, time: undefined, extensions: { time: 'noon' } })
  })

  it.each([
    ['no CloudEvent', { door: 'open' }, { ...bearer }],
    ['no id', { ...event, id: undefined }, structured],
    ['an empty type', { ...event, type: '' }, structured],
    ['another version', { ...event, specversion: '0.3' }, structured],
    ['a list that is no batch', [event], structured],
    ['a batch that is no list', event, batch],
    ['a batch with a fault', [event, 7], batch],
    ['data that is no base64', { ...event, data: undefined, data_base64: '?' }, structured],
  ])('refuses %s as a whole', async (_, body, headers) => {
    expect(await hook.answer(JSON.stringify(body), headers)).toBe('400 TCN_HTTP_BODY')
    expect(hook.events).toEqual([])
  })

  it('takes secrets out of what is long as well', async () => {
    await hook.runner.stop()
    const file = hook.file('other', 't')
    await hook.run({ bearerFile: file, preset: 'cloudevents', redact: ['data.payload.password'] })
    const data = { password: 'x', text: 'y'.repeat(20_000) }
    await hook.post(JSON.stringify({ ...event, data }), structured)
    const { payload } = hook.events[0].data
    expect(payload).toMatchObject({ text: data.text })
    expect(payload).not.toMatchObject({ password: 'x' })
  })
})

it('without a preset, the attributes of an event in binary mode stay beside its body', async () => {
  await hook.start({ token: 't' })
  await hook.post('{"door":"open"}', binary)
  await hook.post('{"door":"open"}', { ...bearer, 'ce-id': 'of something else' })
  const { contentType, payload } = made
  expect(hook.events.map(({ data }) => data)).toEqual([
    {
      contentType,
      cloudEvent: {
        specversion: '1.0',
        id: 'A234-1234-1234',
        source: '/mycontext/4',
        type: 'com.example.someevent',
        time: '2026-04-05T17:31:00Z',
        subject: 'Euro € 😀',
        comexampleextension1: 'value',
      },
      payload,
    },
    { contentType, payload },
  ])
})

describe('the handshake before the first CloudEvent', () => {
  const ask = (headers: Record<string, string>, name = 't') =>
    fetch(`${hook.http.url}/v1/hook/${name}`, { method: 'OPTIONS', headers })
  const asked = { 'webhook-request-origin': 'eventgrid.azure.net', 'webhook-request-rate': '120' }
  const answer = ({ status, headers }: Response) => [
    status,
    headers.get('allow'),
    headers.get('webhook-allowed-origin'),
    headers.get('webhook-allowed-rate'),
  ]

  it('names the sender and the rate that the webhook accepts', async () => {
    await hook.start({ token: 't', preset: 'cloudevents', requests: { count: 10, per: '30s' } })
    expect(answer(await ask(asked))).toEqual([200, 'POST, OPTIONS', 'eventgrid.azure.net', '20'])
    expect(answer(await ask({}))).toEqual([204, 'POST, OPTIONS', null, null])
    expect((await ask(asked, 'other')).status).toBe(404)
  })

  it('is for the senders in `origins` only, if there are any', async () => {
    await hook.start({ token: 't', origins: ['EventGrid.azure.net'] })
    expect(answer(await ask(asked))).toEqual([200, 'POST, OPTIONS', 'eventgrid.azure.net', '6000'])
    for (const other of ['evil.example', 'azure.net', 'a b', 'x'.repeat(300)])
      expect(answer(await ask({ 'webhook-request-origin': other }))).toEqual([
        204,
        'POST, OPTIONS',
        null,
        null,
      ])
  })

  it('has no answer from a webhook for other programs', async () => {
    await hook.start({ token: 't', preset: 'grafana' })
    expect(answer(await ask(asked))).toEqual([204, 'POST, OPTIONS', null, null])
    const other = { name: 't', bearerFile: '/t', preset: 'grafana', origins: ['a.example'] }
    expect(() => webhookSourcesConfig.parse([other])).toThrow('is only used with')
  })
})

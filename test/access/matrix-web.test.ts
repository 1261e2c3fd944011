import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { SUBPROTOCOLS } from '../../src/faces/http/streams/websocket/web-sockets.js'
import { openStream } from '../faces/http/sse-driver.js'
import { MatrixHub, principals, restricted, SECRET, sees } from './matrix-hub.js'

/** The same matrix over JSON: streams and WebSocket, with a token and with a ticket; and gates. */

let hub: MatrixHub
const open: { close(): void }[] = []

beforeAll(async () => {
  hub = await MatrixHub.start()
  await hub.admin.publish('open/0', {})
  await hub.publishSecret(0)
})

afterAll(async () => {
  for (const each of open) each.close()
  await hub?.close()
})

/** Returns everything that the face has sent so far, as on the wire. */
type Listening = () => string

const faces: Record<string, (as: string) => Promise<Listening>> = {
  'server-sent events': (as) => stream('', hub.bearer(as)),
  'server-sent events with a ticket': async (as) => stream(`&ticket=${await hub.ticket(as)}`),
  'cloudevents.json': async (as) => webSocket('cloudevents.json', '?from=start', hub.bearer(as)),
  'cloudevents.json with a ticket': async (as) =>
    webSocket('cloudevents.json', `?from=start&ticket=${await hub.ticket(as)}`),
  'tocsin.v1+json': async (as) =>
    webSocket('tocsin.v1+json', '', {}, [
      { op: 'hello', version: 1, token: hub.tokens.get(as) },
      { op: 'subscribe', from: 'start' },
    ]),
  'salt-api': async (as) => {
    const { url, token } = await hub.saltApi(as)
    const reader = await openStream(`${url}/events?from=start&token=${token}`, {})
    open.push({ close: () => reader.response.destroy() })
    return () => reader.raw
  },
}

async function stream(query: string, headers: Record<string, string> = {}): Promise<Listening> {
  const reader = await openStream(`${hub.test.http}/v1/stream?from=start${query}`, headers)
  open.push({ close: () => reader.response.destroy() })
  return () => reader.raw
}

async function webSocket(
  subprotocol: string,
  query: string,
  headers: Record<string, string> = {},
  records: object[] = [],
): Promise<Listening> {
  const { socket, said } = await dial(subprotocol, query, headers)
  for (const record of records) socket.send(JSON.stringify(record))
  return said
}

interface Dialled {
  socket: WebSocket
  said: Listening
}

function dial(subprotocol: string, query: string, headers: Record<string, string>): Promise<Dialled> {
  const url = `${hub.test.http.replace('http', 'ws')}/v1/ws${query}`
  const socket = new WebSocket(url, subprotocol, { headers })
  open.push({ close: () => socket.terminate() })
  let said = ''
  // Listen from the beginning: the first messages may arrive together with the handshake.
  socket.on('message', (message) => {
    said += `${message}\n`
  })
  return new Promise((resolve, reject) => {
    socket.on('open', () => resolve({ socket, said: () => said }))
    socket.on('error', reject)
  })
}

const IS_LIVE = /event: live|"op":"live"|tocsin\.live|retry: 400/

describe('delivery', () => {
  it('is tested over every subprotocol', () => {
    const binary = ['tocsin.v1']
    expect([...SUBPROTOCOLS].filter((name) => !(name in faces))).toEqual(binary)
  })

  describe.each(Object.keys(faces))('over %s', (face) => {
    it.each(principals)('to %s, from the log and live, is limited to what it may see', async (as) => {
      const [said, witness] = [await faces[face](as), await faces[face]('admin')]
      await expect.poll(said).toMatch(IS_LIVE)
      await expect.poll(witness).toMatch(IS_LIVE)
      await hub.publishSecret(`live/${as}`)
      const last = `open/${face.replaceAll(' ', '-')}/${as}`
      await hub.admin.publish(last, {})
      await expect.poll(witness).toContain(last)
      if (sees(as)) await expect.poll(said).toContain(last)
      else expect(said()).not.toContain('open/')
      if (as === 'admin') expect(said()).toContain(`${SECRET}/live/${as}`)
      else expect(said()).not.toContain(SECRET)
    })
  })
})

interface Outgoing {
  tag: string
  source: string
}

const cloudEvent = ({ tag, source }: Outgoing) => ({
  specversion: '1.0',
  id: '1',
  type: 'tocsin.event',
  source,
  subject: tag,
})
const plain = ({ tag, source }: Outgoing) => ({ tag, source, data: {} })

/** Ways to publish; each resolves when the hub has responded. */
const ways: Record<string, (as: string, event: Outgoing) => Promise<unknown>> = {
  'application/json': (as, event) => post(as, 'application/json', plain(event)),
  'application/cloudevents+json': (as, event) => post(as, 'application/cloudevents+json', cloudEvent(event)),
  'application/cloudevents-batch+json': (as, event) =>
    post(as, 'application/cloudevents-batch+json', [cloudEvent(event)]),
  'application/x-ndjson': (as, event) => post(as, 'application/x-ndjson', plain(event)),
  'binary mode': (as, event) => {
    const attributes = Object.entries(cloudEvent(event)).map(([name, value]) => [`ce-${name}`, value])
    return post(as, 'application/json', {}, Object.fromEntries(attributes))
  },
  'cloudevents.json': async (as, event) => {
    const { socket } = await dial('cloudevents.json', '?subscribe=no&ack=accepted', hub.bearer(as))
    return answered(socket, cloudEvent(event), /tocsin\.(accepted|refused|end)/)
  },
  'tocsin.v1+json': async (as, event) => {
    const { socket } = await dial('tocsin.v1+json', '', {})
    socket.send(JSON.stringify({ op: 'hello', version: 1, token: hub.tokens.get(as) }))
    return answered(socket, { op: 'event', ...plain(event) }, /"op":"(accepted|refused|error)"/)
  },
}

async function post(as: string, type: string, body: object, headers: Record<string, string> = {}) {
  const init = { method: 'POST', headers: { ...headers, 'content-type': type }, body: JSON.stringify(body) }
  await (await hub.ask(as, '/v1/events', init)).text()
}

function answered(socket: WebSocket, message: object, answer: RegExp): Promise<void> {
  socket.send(JSON.stringify(message))
  return new Promise((resolve) => {
    socket.on('message', (text) => answer.test(String(text)) && resolve())
    socket.on('close', () => resolve())
  })
}

interface OpenApi {
  paths: { '/v1/events': { post: { requestBody: { content: object } } } }
}

async function published(tag: string): Promise<number> {
  let count = 0
  for await (const _ of hub.admin.read({ exact: { tag } }, { to: 'end' }).events()) count++
  return count
}

describe('publishing', () => {
  it('is tested in every form', async () => {
    const document = (await (await hub.ask('admin', '/v1/openapi.json')).json()) as OpenApi
    const forms = Object.keys(document.paths['/v1/events'].post.requestBody.content)
    expect(forms).toContain('application/json')
    expect(forms.filter((type) => !(type in ways))).toEqual([])
  })

  describe.each(Object.keys(ways))('as %s', (way) => {
    it.each(restricted)('by %s is limited to what it may publish, under its own name', async (as) => {
      const { source } = (await hub.come('unix', as)).welcome
      const end = `${way.replaceAll(/[^a-z]/g, '-')}/${as}`
      await ways[way](as, { tag: `open/${end}`, source })
      await ways[way](as, { tag: `${SECRET}/${end}`, source })
      await ways[way](as, { tag: `open/forged/${end}`, source: hub.admin.welcome.source })
      expect(await published(`open/${end}`)).toBe(as === 'pen' ? 1 : 0)
      expect(await published(`${SECRET}/${end}`)).toBe(0)
      expect(await published(`open/forged/${end}`)).toBe(0)
    })
  })
})

describe('gates', () => {
  it.each(['unix', 'tcp', 'websocket'])('over %s ask only principals that may delay and see the event', async (face) => {
    const asked: string[] = []
    const subscriptions = await Promise.all(
      restricted.map(async (as) => {
        const client = await hub.come(face, as)
        const subscription = client.subscribe(undefined, { gates: ['hold'] })
        subscription.onStatus((status) => {
          if (status.status !== 'gate') return
          asked.push(as)
          subscription.gateDone(status, as)
        })
        const reading = (async () => {
          for await (const _ of subscription.events());
        })()
        reading.catch(() => {})
        await subscription.ready()
        return subscription
      }),
    )
    const gate = { gate: 'hold', deadline: 20_000 }
    const secret = await hub.admin.publish(`${SECRET}/gate`, {}, gate)
    expect(secret.gate).toMatchObject({ answers: [], missing: [] })
    const seen = await hub.admin.publish('open/gate', {}, gate)
    expect(seen.gate).toMatchObject({ answers: [{ answer: 'guard' }], missing: [] })
    expect(asked).toEqual(['guard'])
    for (const subscription of subscriptions) await subscription.close()
  })
})

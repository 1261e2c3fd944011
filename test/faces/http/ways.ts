import { WebSocket } from 'ws'
import type { MatrixHub } from '../../access/matrix-hub.js'
import type { FaceWays, Outgoing, Reading } from '../../access/ways.js'
import { publishWithClient, readWithClient } from '../native/ways.js'
import { openStream } from './sse-driver.js'

async function stream(hub: MatrixHub, query: string, headers: Record<string, string> = {}): Promise<Reading> {
  const reader = await openStream(`${hub.test.http}/v1/stream?from=start${query}`, headers)
  return { text: () => reader.raw, close: () => reader.response.destroy() }
}

async function restconf(hub: MatrixHub, encoding: string, headers: Record<string, string>): Promise<Reading> {
  const path = `/restconf/streams/NETCONF/${encoding}?start-time=1970-01-01T00:00:00Z`
  const reader = await openStream(hub.test.http + path, headers)
  return { text: () => reader.raw, close: () => reader.response.destroy() }
}

async function webSocket(
  hub: MatrixHub,
  subprotocol: string,
  query: string,
  headers: Record<string, string> = {},
  records: object[] = [],
): Promise<Reading> {
  const { socket, text } = await dial(hub, subprotocol, query, headers)
  for (const record of records) socket.send(JSON.stringify(record))
  return { text, close: () => socket.terminate() }
}

function dial(hub: MatrixHub, subprotocol: string, query: string, headers: Record<string, string>) {
  const url = `${hub.test.http.replace('http', 'ws')}/v1/ws${query}`
  const socket = new WebSocket(url, subprotocol, { headers })
  let text = ''
  // From the beginning: the first messages may come with the answer to the handshake.
  socket.on('message', (message) => {
    text += `${message}\n`
  })
  return new Promise<{ socket: WebSocket; text(): string }>((resolve, reject) => {
    socket.on('open', () => resolve({ socket, text: () => text }))
    socket.on('error', reject)
  })
}

const cloudEvent = ({ tag, source }: Outgoing) => ({
  specversion: '1.0',
  id: '1',
  type: 'tocsin.event',
  source,
  subject: tag,
})
const plain = ({ tag, source }: Outgoing) => ({ tag, source, data: {} })

async function post(
  hub: MatrixHub,
  as: string,
  type: string,
  body: object,
  headers: Record<string, string> = {},
): Promise<void> {
  const init = { method: 'POST', headers: { ...headers, 'content-type': type }, body: JSON.stringify(body) }
  await (await hub.ask(as, '/v1/events', init)).text()
}

function answered(socket: WebSocket, message: object, answer: RegExp): Promise<void> {
  socket.send(JSON.stringify(message))
  return new Promise<void>((resolve) => {
    socket.on('message', (text) => answer.test(String(text)) && resolve())
    socket.on('close', () => resolve())
  }).finally(() => socket.terminate())
}

export const ways: FaceWays = {
  reads: {
    'server-sent events': (hub, as) => stream(hub, '', hub.bearer(as)),
    'server-sent events with a ticket': async (hub, as) => stream(hub, `&ticket=${await hub.ticket(as)}`),
    'RESTCONF in JSON': (hub, as) => restconf(hub, 'json', hub.bearer(as)),
    'RESTCONF in XML': (hub, as) => restconf(hub, 'xml', hub.bearer(as)),
    'cloudevents.json': (hub, as) => webSocket(hub, 'cloudevents.json', '?from=start', hub.bearer(as)),
    'cloudevents.json with a ticket': async (hub, as) =>
      webSocket(hub, 'cloudevents.json', `?from=start&ticket=${await hub.ticket(as)}`),
    'tocsin.v1+json': (hub, as) =>
      webSocket(hub, 'tocsin.v1+json', '', {}, [
        { op: 'hello', version: 1, token: hub.tokens.get(as) },
        { op: 'subscribe', from: 'start' },
      ]),
    'tocsin.v1': (hub, as) => readWithClient(hub, 'websocket', as),
  },
  refuseTheBlind: [
    'server-sent events',
    'server-sent events with a ticket',
    'RESTCONF in JSON',
    'RESTCONF in XML',
  ],
  isLive: /event: live|^: live$|"op":"live"|tocsin\.live|status live/m,
  publishes: {
    'application/json': (hub, as, event) => post(hub, as, 'application/json', plain(event)),
    'application/cloudevents+json': (hub, as, event) =>
      post(hub, as, 'application/cloudevents+json', cloudEvent(event)),
    'application/cloudevents-batch+json': (hub, as, event) =>
      post(hub, as, 'application/cloudevents-batch+json', [cloudEvent(event)]),
    'application/x-ndjson': (hub, as, event) => post(hub, as, 'application/x-ndjson', plain(event)),
    'binary mode': (hub, as, event) => {
      const attributes = Object.entries(cloudEvent(event)).map(([name, value]) => [`ce-${name}`, value])
      return post(hub, as, 'application/json', {}, Object.fromEntries(attributes))
    },
    'cloudevents.json': async (hub, as, event) => {
      const { socket } = await dial(hub, 'cloudevents.json', '?subscribe=no&ack=accepted', hub.bearer(as))
      return answered(socket, cloudEvent(event), /tocsin\.(accepted|refused|end)/)
    },
    'tocsin.v1+json': async (hub, as, event) => {
      const { socket } = await dial(hub, 'tocsin.v1+json', '', {})
      socket.send(JSON.stringify({ op: 'hello', version: 1, token: hub.tokens.get(as) }))
      return answered(socket, { op: 'event', ...plain(event) }, /"op":"(accepted|refused|error)"/)
    },
    'tocsin.v1': (hub, as, event) => publishWithClient(hub, 'websocket', as, event),
  },
}

import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { HTTP } from 'cloudevents'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HttpTarget } from '../../../../../src/cli/commands/copy/forward/http-target.js'
import { Event } from '../../../../../src/event/event.js'
import { encodeFrame } from '../../../../../src/event/frame.js'
import { encode } from '../../../../../src/event/msgpack/encoder.js'

let server: Server
let answers: ((request: Taken, response: ServerResponse) => void)[]
let taken: Taken[]

interface Taken {
  headers: IncomingMessage['headers']
  body: string
}

beforeEach(async () => {
  answers = []
  taken = []
  retries.length = 0
  server = createServer(async (request, response) => {
    const each = { headers: request.headers, body: await text(request) }
    taken.push(each)
    const answer = answers.shift()
    if (answer === undefined) response.writeHead(204).end()
    else answer(each, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})

afterEach(() => {
  server.closeAllConnections()
  server.close()
})

const retries: string[] = []
const target = (options: { batch?: number; token?: string } = {}) =>
  new HttpTarget({
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/in?secret=1`),
    batch: options.batch ?? 0,
    token: options.token,
    typeOf: () => 'demo.event',
    onRetry: (why) => retries.push(why),
  })

const outgoing = (...numbers: number[]) =>
  numbers.map((n) => {
    const bytes = encodeFrame({
      seq: n,
      time: 1.7e15 + n,
      tag: `demo/${n}`,
      source: 'me',
      attributes: new Uint8Array(),
      body: encode({ n }),
    })
    return { event: new Event(bytes), epoch: 'k3x9f2', path: 'k3x9f2' }
  })

const never = new AbortController().signal
const status =
  (code: number, headers = {}) =>
  (_: Taken, response: ServerResponse) =>
    void response.writeHead(code, headers).end('no')

describe('an HTTP endpoint', () => {
  it('that accepts part of a batch receives the rest one by one, until it gives a reason', async () => {
    const problem = (code: string) => JSON.stringify({ code, detail: `because of ${code}` })
    const items = [{ cursor: 'a-1' }, { code: 'TCN_ACCESS_DENIED' }, { code: 'TCN_BUS_SUSPENDED' }]
    answers.push(
      (_, response) => void response.writeHead(207).end(JSON.stringify({ items })),
      (_, response) => void response.writeHead(403).end(problem('TCN_ACCESS_DENIED')),
      status(503),
    )
    const refused = await target({ batch: 3 }).deliver(outgoing(1, 2, 3), never)
    expect(refused).toMatchObject([{ event: { seq: 2 }, message: 'HTTP 403 because of TCN_ACCESS_DENIED' }])
    const [, ...alone] = taken.map(({ body }) => JSON.parse(body).subject)
    expect(alone).toEqual(['demo/2', 'demo/3', 'demo/3'])
  })

  it('receives each event as a structured CloudEvent that the SDK can read', async () => {
    expect(await target({ token: 'abc' }).deliver(outgoing(7), never)).toEqual([])
    const [{ headers, body }] = taken
    expect(headers.authorization).toBe('Bearer abc')
    expect(HTTP.toEvent({ headers, body })).toMatchObject({
      id: 'k3x9f2-7',
      type: 'demo.event',
      source: 'me',
      subject: 'demo/7',
      data: { n: 7 },
      tocsinpath: 'k3x9f2',
    })
  })

  it('receives batches if that is configured', async () => {
    const to = target({ batch: 10 })
    expect(to.most).toBe(10)
    await to.deliver(outgoing(1, 2, 3), never)
    expect(taken).toHaveLength(1)
    expect(HTTP.toEvent(taken[0])).toMatchObject([
      { subject: 'demo/1' },
      { subject: 'demo/2' },
      { subject: 'demo/3' },
    ])
  })

  it('is retried after a temporary error and after a broken connection', async () => {
    answers = [status(503), status(429), (_, response) => void response.destroy()]
    expect(await target().deliver(outgoing(1), never)).toEqual([])
    expect(taken.map(({ body }) => JSON.parse(body).subject)).toEqual(Array(4).fill('demo/1'))
    expect(retries).toHaveLength(3)
  })

  it('is retried after the time that it requests', async () => {
    answers = [status(503, { 'retry-after': '1' })]
    const started = performance.now()
    await target().deliver(outgoing(1), never)
    expect(performance.now() - started).toBeGreaterThan(990)
  })

  it('refuses only those events of a refused batch that it refuses one by one', async () => {
    answers = [status(400), status(204), status(422), status(204)]
    const refusals = await target({ batch: 10 }).deliver(outgoing(1, 2, 3), never)
    expect(refusals.map(({ event, message }) => [event.seq, message])).toEqual([[2, 'HTTP 422 no']])
    expect(taken).toHaveLength(4)
  })

  it('that rejects the token ends the command, and the query of the URL is not shown', async () => {
    answers = [status(401)]
    const delivery = target().deliver(outgoing(1), never)
    await expect(delivery).rejects.toMatchObject({ code: 'TCN_FORWARD_REFUSED' })
    await expect(delivery).rejects.not.toThrow(/secret/)
  })

  it('that redirects does not receive the token there', async () => {
    answers = [status(302, { location: '/other' })]
    expect(await target({ token: 'abc' }).deliver(outgoing(1), never)).toMatchObject([
      { message: 'HTTP 302 no' },
    ])
    expect(taken).toHaveLength(1)
  })

  it('that does not answer does not delay the end of the command', async () => {
    const ending = new AbortController()
    answers = [() => ending.abort(new Error('enough'))]
    await expect(target().deliver(outgoing(1), ending.signal)).rejects.toThrow('enough')
  })
})

import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, it } from 'vitest'
import { AttackedHub } from '../faults/turns/attacked-hub.js'
import { holdsNobodyUp } from '../faults/turns/expect-short-turns.js'

let hub: AttackedHub
beforeAll(async () => {
  hub = await AttackedHub.start()
})
afterAll(() => hub[Symbol.asyncDispose]())

/** Sends all requests of a connection in one write, and waits until the hub has closed it. */
async function ask(path: string, times: number): Promise<void> {
  const { hostname, port } = new URL(hub.http)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => {})
  const closed = once(socket, 'close')
  socket.resume()
  const request = (connection: string) =>
    `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: ${connection}\r\n\r\n`
  socket.write(request('keep-alive').repeat(times - 1) + request('close'))
  await closed
}

const all = (connections: number, path: string, times: number) => () =>
  Promise.all(Array.from({ length: connections }, () => ask(path, times)))

it('a long document is asked for by 20 connections, 50 times at once by each', () =>
  holdsNobodyUp(hub, all(20, '/v1/openapi.json', 50)))

it('a short answer is asked for by 200 connections, 60 times at once by each', () =>
  holdsNobodyUp(hub, all(200, '/healthz', 60)))

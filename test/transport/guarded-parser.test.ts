import { EventEmitter, once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { GuardedParser, type GuardedParserOptions } from '../../src/transport/guarded-parser.js'
import { realRuntime } from '../helpers/real-runtime.js'

const work = { face: 'http', what: 'requests' }

/** A connection to a server of Node whose parser is guarded. */
async function guarded(options: Pick<GuardedParserOptions, 'hasRoom'>) {
  const paths: string[] = []
  const accepted = new EventEmitter()
  const server = createServer(({ url = '' }, response) => {
    paths.push(url)
    response.end()
  })
  server.on('connection', (socket) => {
    accepted.emit('guarded', new GuardedParser(socket, { runtime: realRuntime, work, ...options }))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1').resume()
  onTestFinished(() => {
    client.destroy()
    server.close()
  })
  const [parser] = (await once(accepted, 'guarded')) as [GuardedParser]
  return { client, parser, paths }
}

const requests = (client: Socket, count: number) =>
  client.write(Array.from({ length: count }, (_, i) => `GET /${i} HTTP/1.1\r\nHost: hub\r\n\r\n`).join(''))
const turn = () => new Promise((resolve) => setImmediate(resolve))

it('one read is parsed in several turns of the event loop', async () => {
  const { client, paths } = await guarded({ hasRoom: () => true })
  const seen = new Set<number>()
  requests(client, 2000)
  while (paths.length < 2000) {
    seen.add(paths.length)
    await turn()
  }
  expect(seen.size).toBeGreaterThan(2)
})

it('nothing is parsed while there is no room, and all of it when there is', async () => {
  let room = 10
  const { client, parser, paths } = await guarded({
    hasRoom: () => paths.length < room,
  })
  requests(client, 5000)
  await expect.poll(() => paths.length).toBeGreaterThanOrEqual(10)
  for (let i = 0; i < 50; i++) await turn()
  expect(paths.length).toBeLessThan(10 + 20)
  room = Infinity
  parser.readOn()
  await expect.poll(() => paths.length).toBe(5000)
})

it('a parser that is stopped gets nothing more, and its connection is read to the end', async () => {
  const { client, parser, paths } = await guarded({ hasRoom: () => true })
  parser.stop()
  requests(client, 5000)
  client.end()
  await once(client, 'close')
  expect(paths).toEqual([])
})

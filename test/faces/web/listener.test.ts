import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { Budgets } from '../../../src/faces/shared/budget.js'
import { WebListener } from '../../../src/faces/web/listener.js'
import { realRuntime } from '../../helpers/real-runtime.js'

interface Served {
  /** Paths of the requests that have begun, in order, and what answers each. */
  readonly begun: Map<string, ServerResponse>
  readonly client: Socket
  received(): string
}

async function served(): Promise<Served> {
  const begun = new Map<string, ServerResponse>()
  const listener = new WebListener({
    runtime: realRuntime,
    limits: { connections: 100, headers: 16_384, headersTimeout: 10_000 },
    budgets: new Budgets(),
    answerError: ({ code }) => ({ status: 503, headers: {}, body: code }),
    request: (request, response) => void begun.set(request.url ?? '', response),
    upgrade: () => {},
  })
  const { port } = new URL(await listener.listen({ host: '127.0.0.1', port: 0 }))
  const client = connect(Number(port), '127.0.0.1')
  await once(client, 'connect')
  let text = ''
  client.on('data', (bytes: Buffer) => {
    text += bytes.toString()
  })
  onTestFinished(async () => {
    client.destroy()
    listener.unbind()
    await listener.close()
  })
  return { begun, client, received: () => text }
}

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: hub\r\n\r\n`

it('requests that come together on a connection are served one after the other', async () => {
  const { begun, client, received } = await served()
  client.write(get('/1') + get('/2') + get('/3'))
  await expect.poll(() => [...begun.keys()]).toEqual(['/1'])
  begun.get('/1')?.end('one')
  await expect.poll(() => [...begun.keys()]).toEqual(['/1', '/2'])
  begun.get('/2')?.end('two')
  await expect.poll(() => [...begun.keys()]).toEqual(['/1', '/2', '/3'])
  begun.get('/3')?.end('three')
  await expect.poll(received).toMatch(/one.*two.*three/s)
})

it('requests that wait for one whose client has left do not begin', async () => {
  const { begun, client } = await served()
  client.write(get('/1') + get('/2'))
  await expect.poll(() => begun.size).toBe(1)
  const closed = once(begun.get('/1') as ServerResponse, 'close')
  client.destroy()
  await closed
  await new Promise((resolve) => setImmediate(resolve))
  expect([...begun.keys()]).toEqual(['/1'])
})

it('a client that sends more than 64 requests ahead is refused', async () => {
  const { begun, client, received } = await served()
  client.write(get('/').repeat(65))
  await expect.poll(() => begun.size).toBe(1)
  for (let answered = 0; answered < 64; answered++) {
    const response = begun.get('/') as ServerResponse
    begun.delete('/')
    response.end('ok')
    if (answered < 63) await expect.poll(() => begun.size).toBe(1)
  }
  await expect.poll(received).toContain('TCN_HTTP_TOO_MANY')
})

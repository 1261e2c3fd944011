import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  type Client,
  type ConnectionStatus,
  type ConnectOptions,
  connect,
  type Event,
  type Status,
} from '../../../src/client/index.js'
import { type MadeCertificate, makeCertificate } from '../../../src/faces/shared/make-certificate.js'
import { startTestHub, type TestHub } from '../../../src/hub/testing.js'
import type { RightsParams } from '../../../src/methods/contract/index.js'
import { openHttp, openTcp } from '../../helpers/open-face.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

const folder = temporaryFolder('transports')
let certificate: MadeCertificate
beforeAll(async () => {
  certificate = await makeCertificate(['localhost', '127.0.0.1'], 2)
})

const open: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each[Symbol.asyncDispose]()
})

function keep<Part extends AsyncDisposable>(part: Part): Part {
  open.push(part)
  return part
}

const startHub = async (): Promise<TestHub> => keep(await startTestHub())

type Listen = (hub: TestHub, port: number) => Promise<string>

const secure = () => ({ cert: certificate.certificate, key: certificate.key })
const tls = () => ({ ca: certificate.certificate, serverName: 'localhost' })
const http: Listen = (hub, port) => openHttp(hub, port)
const https: Listen = (hub, port) => openHttp(hub, port, secure())

/** Functions that make the hub listen, and resolve with the address. */
const schemes: Record<string, Listen> = {
  'tcp://': (hub, port) => openTcp(hub, port),
  'tls://': (hub, port) => openTcp(hub, port, secure()),
  'ws://': async (hub, port) => (await http(hub, port)).replace('http', 'ws'),
  'wss://': async (hub, port) => (await https(hub, port)).replace('http', 'ws'),
  'http://': http,
  'https://': https,
}

const everything: RightsParams = { see: '*', publish: '*', admin: true }

async function addToken(hub: TestHub, name: string, more: { rights?: RightsParams; expires?: number } = {}) {
  const client = await hub.connect()
  const params = { name, rights: everything, ...more }
  const { token } = await client.request<{ token: string }>('tokens.add', params)
  await client.close()
  return token
}

async function manage(hub: TestHub, method: string, params: Record<string, unknown>): Promise<void> {
  const client = await hub.connect()
  await client.request<unknown>(method, params)
  await client.close()
}

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n)

async function take(subscription: AsyncIterable<Event | Status>, events: number): Promise<unknown[]> {
  const data: unknown[] = []
  for await (const item of subscription) {
    if (item.status === undefined) data.push(item.data)
    else if (item.status === 'gap') throw new Error(`a gap: ${JSON.stringify(item)}`)
    if (data.length === events) break
  }
  return data
}

const dial = async (options: ConnectOptions): Promise<Client> =>
  keep(await connect({ tls: tls(), ...options }))

describe.each(Object.entries(schemes))('a hub at %s', (scheme, listen) => {
  it('accepts and delivers events and answers requests for a client with a token', async () => {
    const hub = await startHub()
    const address = await listen(hub, 0)
    expect(address.startsWith(scheme)).toBe(true)
    const token = await addToken(hub, 'me', { rights: { see: '*', publish: ['demo/'] } })
    const client = await dial({ address, token })
    expect(client.welcome).toMatchObject({ principal: 'me' })
    const count = 2000
    for (const n of upTo(count)) if (!client.push('demo/n', n)) await client.ready()
    await client.drain()
    expect(await take(client.subscribe('demo/', { from: 'start' }), count)).toEqual(upTo(count))
    await expect(client.publish('other/n', 1)).rejects.toMatchObject({ code: 'TCN_ACCESS_DENIED' })
    expect(await client.request('events.read', { filters: 'demo/', limit: 7 })).toMatchObject({ count: 7 })
    await expect(client.request('tokens.list')).rejects.toMatchObject({ code: 'TCN_ACCESS_DENIED' })
  })

  it('refuses a client without a valid token, which does not try again', async () => {
    const hub = await startHub()
    const address = await listen(hub, 0)
    const other = await addToken(await startHub(), 'me')
    const revoked = await addToken(hub, 'gone')
    await manage(hub, 'tokens.revoke', { name: 'gone' })
    const expiring = await addToken(hub, 'old', { expires: 1_000_000 })
    for (const token of [undefined, '', 'tcn_nonsense', 'ü\r\n', other, revoked]) {
      const refused = connect({ address, token, tls: tls() })
      const code = token ? 'TCN_ACCESS_TOKEN' : 'TCN_ACCESS_NO_TOKEN'
      await expect(refused, `${token}`).rejects.toMatchObject({ code })
    }
    const codeOf = async () => {
      try {
        await (await connect({ address, token: expiring, tls: tls() })).close()
        return 'taken'
      } catch (error) {
        return (error as { code: string }).code
      }
    }
    await expect.poll(codeOf, { timeout: 30_000 }).toBe('TCN_ACCESS_TOKEN')
  })

  it('closes connections when their token is revoked, and the client reports it once', async () => {
    const hub = await startHub()
    const address = await listen(hub, 0)
    const token = await addToken(hub, 'me')
    const statuses: ConnectionStatus[] = []
    const client = await dial({ address, token, onStatus: (status) => statuses.push(status) })
    const subscription = client.subscribe('demo/')
    await subscription.ready()
    const reading = take(subscription, 1)
    const failed = expect(reading).rejects.toMatchObject({ code: 'TCN_ACCESS_TOKEN' })
    await manage(hub, 'tokens.revoke', { name: 'me' })
    await failed
    await expect.poll(() => client.publish('demo/n', 1).catch(({ code }) => code)).toBe('TCN_ACCESS_TOKEN')
    expect(statuses).toEqual([])
    await expect.poll(() => [...hub.bus.subscriptions].length).toBe(0)
  })

  it('may restart: nothing is lost and nothing is delivered twice', async () => {
    const data = join(folder, scheme.replace('://', ''))
    let hub = await startTestHub({ data })
    const address = await listen(hub, 0)
    const port = Number(new URL(address.replace(/^\w+/, 'http')).port)
    const token = await addToken(hub, 'me')
    const client = await dial({ address, token })
    const subscription = client.subscribe('demo/')
    await subscription.ready()
    const count = 1500
    const reading = take(subscription, count)
    for (const n of upTo(count)) {
      if (n % 100 === 0) await client.drain()
      if (n === 500 || n === 1000) {
        await hub.close()
        hub = await startTestHub({ data })
        await listen(hub, port)
      }
      if (!client.push('demo/n', n)) await client.ready()
    }
    keep(hub)
    await client.drain({ ack: 'durable' })
    expect(await reading).toEqual(upTo(count))
    expect(await take(client.read('demo/'), count + 1)).toEqual(upTo(count))
  })

  it('delivers missed events to a slow program from the log', async () => {
    const hub = keep(await startTestHub({ config: { limits: { queue: '256 KiB' } } }))
    const client = await dial({ address: await listen(hub, 0), token: await addToken(hub, 'me') })
    const subscription = client.subscribe('demo/')
    await subscription.ready()
    const body = 'x'.repeat(16 * 1024)
    const count = 700
    for (const n of upTo(count)) if (!client.push('demo/n', { n, body })) await client.ready()
    await client.drain()
    const seen = (await take(subscription, count)) as { n: number }[]
    expect(seen.map(({ n }) => n)).toEqual(upTo(count))
  })
})

describe('several addresses', () => {
  it('of one hub are used as they answer, without loss', async () => {
    const hub = await startHub()
    const token = await addToken(hub, 'me')
    const addresses = [
      'tcp://127.0.0.1:1',
      await schemes['tls://'](hub, 0),
      await schemes['tcp://'](hub, 0),
      await schemes['ws://'](hub, 0),
    ]
    const client = await dial({ address: addresses, token })
    const subscription = client.subscribe('demo/')
    await subscription.ready()
    await client.publish('demo/n', 1)
    expect(await take(subscription, 1)).toEqual([1])
    const [{ label }] = hub.bus.subscriptions
    expect(label).toMatch(/^tls:/)
  })

  it('of two hubs lead to the other one, which has another log, when one stops', async () => {
    const [one, two] = [await startTestHub(), await startHub()]
    const address = `${await schemes['ws://'](one, 0)},${await schemes['tcp://'](two, 0)}`
    const token = await addToken(one, 'me')
    const client = await dial({ address, token })
    const subscription = client.subscribe('demo/')
    await subscription.ready()
    const reading = take(subscription, 1)
    await one.close()
    // The token belongs to the first hub: the second one must refuse it, and the client must not retry indefinitely.
    await expect(reading).rejects.toMatchObject({ code: 'TCN_ACCESS_TOKEN' })
  })
})

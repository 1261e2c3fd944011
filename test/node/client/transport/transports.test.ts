// Runs on each supported Node.js: WebSockets.
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import {
  type Client,
  type ConnectionStatus,
  connect,
  type Event,
  type Status,
} from '../../../../src/client/index.js'
import { startTestHub, type TestHub } from '../../../../src/hub/testing.js'
import { type Certificate, Gateway, makeCertificate } from '../../../client/gateway.js'

let certificate: Certificate
beforeAll(async () => {
  certificate = await makeCertificate()
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
const tls = () => ({ ca: certificate.cert, serverName: 'localhost' })

const transports = {
  tcp: async (hub: TestHub) => {
    const gateway = keep(await Gateway.tcp(hub.address))
    return { gateway, address: `tcp://127.0.0.1:${gateway.port}` }
  },
  tls: async (hub: TestHub) => {
    const gateway = keep(await Gateway.tls(hub.address, certificate))
    return { gateway, address: `tls://127.0.0.1:${gateway.port}` }
  },
  'WebSocket by ws': async (hub: TestHub) => {
    const gateway = keep(await Gateway.webSocket(hub.address))
    return { gateway, address: `ws://127.0.0.1:${gateway.port}/v1/ws` }
  },
  'WebSocket by https': async (hub: TestHub) => {
    const gateway = keep(await Gateway.webSocket(hub.address, certificate))
    return { gateway, address: `https://127.0.0.1:${gateway.port}` }
  },
}

async function take(subscription: AsyncIterable<Event | Status>, events: number): Promise<unknown[]> {
  const data: unknown[] = []
  for await (const item of subscription) {
    if (item.status === undefined) data.push(item.data)
    if (data.length === events) break
  }
  return data
}

describe.each(Object.entries(transports))('over %s', (_name, start) => {
  it('events go both ways, and requests are answered', async () => {
    const { address } = await start(await startHub())
    const client = keep(await connect({ address, tls: tls() }))
    const count = 3000
    for (let n = 0; n < count; n++) if (!client.push('demo/n', n)) await client.ready()
    await client.drain()
    const seen = await take(client.subscribe('demo/', { from: 'start' }), count)
    expect(seen).toEqual(Array.from({ length: count }, (_, n) => n))
    expect(await client.request('hub.status')).toMatchObject({ log: { last: count } })
  })

  it('an event of a megabyte arrives unchanged', async () => {
    const { address } = await start(await startHub())
    const client = keep(await connect({ address, tls: tls() }))
    const large = new Uint8Array(1024 * 1024).fill(7)
    await client.publish('demo/large', large)
    const [seen] = await take(client.subscribe('demo/', { from: 'start' }), 1)
    expect(Buffer.compare(seen as Uint8Array, large)).toBe(0)
  })

  it('a broken connection loses and duplicates nothing', async () => {
    const { address, gateway } = await start(await startHub())
    const client = keep(await connect({ address, tls: tls() }))
    const subscription = client.subscribe('demo/')
    await subscription.ready()
    const reading = take(subscription, 2000)
    for (let n = 0; n < 2000; n++) {
      if (n === 700 || n === 1400) gateway.cut()
      if (!client.push('demo/n', n)) await client.ready()
      if (n % 100 === 0) await client.drain()
    }
    await client.drain()
    expect(await reading).toEqual(Array.from({ length: 2000 }, (_, n) => n))
  })

  it('a program that does not read makes the hub wait', async () => {
    const hub = await startHub()
    const { address } = await start(hub)
    const client = keep(await connect({ address, tls: tls() }))
    const subscription = client.subscribe('demo/')
    await subscription.ready()
    const body = 'x'.repeat(64 * 1024)
    const count = 160
    for (let n = 0; n < count; n++) await client.publish('demo/n', `${n}${body}`)
    const seen = (await take(subscription, count)) as string[]
    expect(seen.map((text) => Number.parseInt(text, 10))).toEqual(Array.from({ length: count }, (_, n) => n))
  })

  it('without a listener the hub is unreachable', async () => {
    const { address, gateway } = await start(await startHub())
    await gateway[Symbol.asyncDispose]()
    open.splice(open.indexOf(gateway), 1)
    await expect(connect({ address, tls: tls() })).rejects.toMatchObject({ code: 'TCN_CLIENT_UNREACHABLE' })
  })
})

describe('over TLS', () => {
  it('a hub with an untrusted certificate is refused', async () => {
    const { address } = await transports.tls(await startHub())
    await expect(connect(address)).rejects.toMatchObject({ code: 'TCN_CLIENT_TLS' })
  })

  it('a certificate for another name is refused', async () => {
    const { address } = await transports['WebSocket by https'](await startHub())
    await expect(connect({ address, tls: { ca: certificate.cert } })).rejects.toMatchObject({
      code: 'TCN_CLIENT_TLS',
    })
  })

  it('a peer without TLS and an untrusted peer have different errors', async () => {
    const hub = await startHub()
    const tcp = await transports.tcp(hub)
    const web = await transports['WebSocket by ws'](hub)
    for (const address of [`tls://127.0.0.1:${tcp.gateway.port}`, `https://127.0.0.1:${web.gateway.port}`]) {
      await expect(connect(address)).rejects.toMatchObject({
        code: 'TCN_CLIENT_NO_TLS',
        message: expect.stringMatching(/^the peer at (tls|wss):.* does not speak TLS$/),
      })
    }
  })

  it('the client presents its certificate if the hub requests one', async () => {
    const hub = await startHub()
    const own = await makeCertificate('me')
    const asking = { ...certificate, requestCert: true, rejectUnauthorized: true, ca: own.cert }
    const gateway = keep(await Gateway.tls(hub.address, asking))
    const address = `tls://127.0.0.1:${gateway.port}`
    const client = keep(await connect({ address, tls: { ...tls(), certificate: own.cert, key: own.key } }))
    expect(client.welcome.version).toBe(1)
  })
})

it.each(['tls://127.0.0.1:1', 'https://127.0.0.1:1'])(
  'a path instead of the text of a certificate is reported as such, for %s',
  async (address) => {
    const files = { certificate: '/etc/tocsin/me.pem', key: '/etc/tocsin/me.key' }
    await expect(connect({ address, tls: files })).rejects.toMatchObject({
      code: 'TCN_CLIENT_CERTIFICATE',
      message: expect.stringContaining('must be the text of PEM files'),
    })
  },
)

describe('with several addresses', () => {
  it('the first that answers is used, and after a loss the one that answers then', async () => {
    const hub = await startHub()
    const first = await transports.tcp(hub)
    const second = await transports['WebSocket by ws'](hub)
    const statuses: ConnectionStatus[] = []
    const client: Client = keep(
      await connect({
        address: ['unix:/nowhere/tocsin.sock', first.address, second.address],
        onStatus: (status) => statuses.push(status),
      }),
    )
    const subscription = client.subscribe('demo/')
    await subscription.ready()
    const reading = take(subscription, 2)
    await client.publish('demo/n', 1)
    expect(second.gateway.connections).toBe(0)
    await first.gateway[Symbol.asyncDispose]()
    open.splice(open.indexOf(first.gateway), 1)
    await client.publish('demo/n', 2)
    expect(await reading).toEqual([1, 2])
    expect(second.gateway.connections).toBe(2)
    expect(statuses.map(({ status }) => status)).toEqual(['reconnecting', 'connected'])
  })

  it('a hub with another log causes a gap', async () => {
    const [one, other] = [await startHub(), await startHub()]
    const first = await transports.tcp(one)
    const client = keep(await connect({ address: `${first.address},${other.address}` }))
    const subscription = client.subscribe('demo/')
    await subscription.ready()
    await client.publish('demo/n', 1)
    const seen: (Event | Status)[] = []
    for await (const item of subscription) {
      seen.push(item)
      if (item.status === undefined && item.data === 1) {
        await first.gateway[Symbol.asyncDispose]()
        open.splice(open.indexOf(first.gateway), 1)
      }
      if (item.status === 'gap') break
    }
    expect(seen.at(-1)).toMatchObject({ status: 'gap', why: 'unknown-epoch' })
  })

  it('all failed addresses are named', async () => {
    await expect(connect('unix:/nowhere/a,unix:/nowhere/b')).rejects.toThrow(/nowhere\/a.*nowhere\/b/)
  })
})

describe('the token', () => {
  it('is sent in a header of the handshake', async () => {
    const hub = await startHub()
    const admin = keep(await hub.connect())
    const params = { name: 'me', rights: '*' }
    const { token } = await admin.request<{ token: string }>('tokens.add', params)
    const { address, gateway } = await transports['WebSocket by ws'](hub)
    keep(await connect({ address, token }))
    expect(gateway.authorizations).toEqual([`Bearer ${token}`])
  })
})

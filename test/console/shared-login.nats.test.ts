import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { type ClusterHub, startClusterHub } from '../helpers/cluster-hub.js'
import { NatsServer } from '../helpers/nats-server.js'

let server: NatsServer
beforeAll(async () => {
  server = await NatsServer.start()
})
afterAll(() => server.stop())
vi.setConfig({ testTimeout: 180_000 })

const OWN = { 'x-tocsin-console': '1' }
const settings = { listen: { http: { address: '127.0.0.1:0' } }, principals: { ann: { see: '*' } } }

it('a cookie of one hub is valid on another, until the person logs out or the token is revoked there', async () => {
  const [one, two] = [
    await startClusterHub(server.address, 'console', 'one', '12s', settings),
    await startClusterHub(server.address, 'console', 'two', '12s', settings),
  ]
  const addressOf = ({ hub }: ClusterHub) => hub.listeners.find(({ face }) => face === 'http')!.address
  const { token } = await one.hub.access.tokens.add({ name: 'laptop', principal: 'ann' })
  const logIn = async () => {
    const headers = { ...OWN, authorization: `Bearer ${token}` }
    const answer = await fetch(`${addressOf(one)}/v1/session`, { method: 'POST', headers })
    expect(answer.status).toBe(200)
    return answer.headers.get('set-cookie')!.split(';')[0].split('=')[1]
  }
  const ask = async (hub: ClusterHub, secret: string, method = 'GET') => {
    const address = addressOf(hub)
    // A balancer in front of both would have one port, which is in the name of the cookie.
    const cookie = `tocsin-${new URL(address).port}=${secret}`
    return (await fetch(`${address}/v1/session`, { method, headers: { ...OWN, cookie } })).status
  }
  const first = await logIn()
  await expect.poll(() => two.hub.access.tokens.list()).toHaveLength(1)
  expect(await ask(two, first)).toBe(200)
  expect(await ask(two, first, 'DELETE')).toBe(204)
  await expect.poll(() => ask(one, first)).toBe(401)
  const second = await logIn()
  expect(await ask(two, second)).toBe(200)
  await two.hub.access.tokens.revoke('laptop')
  expect(await ask(two, second)).toBe(401)
  await expect.poll(() => ask(one, second)).toBe(401)
})

import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { StreamReader } from '../../faces/salt/rest/fixture.js'
import { SysadmClient } from '../../faces/sysadm/fixture.js'
import { type ClusterHub, startClusterHub } from '../../helpers/cluster-hub.js'
import { NatsServer } from '../../helpers/nats-server.js'

/** Two hubs of a cluster: who has logged in to one has logged in to both. */

const PASSWORD = 'correct horse'
const settings = {
  principals: { ann: { see: '*', sysadm: 'full' }, bob: { see: '*' } },
  salt: [{ bus: 'master', tcp: { pub: 0, pull: 0 }, rest: { address: '127.0.0.1:0', disableSsl: true } }],
  sysadm: { listen: '127.0.0.1:0' },
}

let server: NatsServer
beforeAll(async () => {
  server = await NatsServer.start()
})
afterAll(() => server.stop())
vi.setConfig({ testTimeout: 180_000 })

let clusters = 0
async function pair(): Promise<[ClusterHub, ClusterHub]> {
  const cluster = `sess${++clusters}`
  const one = await startClusterHub(server.address, cluster, 'one', '12s', settings)
  const two = await startClusterHub(server.address, cluster, 'two', '12s', settings)
  await one.hub.access.passwords.set('ann', PASSWORD)
  await expect.poll(() => two.hub.access.passwords.has('ann')).toBe(true)
  return [one, two]
}

const addressOf = ({ hub }: ClusterHub, face: string) =>
  hub.listeners.find((listener) => listener.face === face)!.address

async function logIn(hub: ClusterHub): Promise<string> {
  const body = new URLSearchParams({ username: 'ann', password: PASSWORD, eauth: 'pam' })
  const answer = await fetch(`${addressOf(hub, 'salt-api')}/login`, { method: 'POST', body })
  expect(answer.status).toBe(200)
  return answer.headers.get('x-auth-token')!
}

const ask = (hub: ClusterHub, token: string, method: string, path: string) =>
  fetch(addressOf(hub, 'salt-api') + path, { method, headers: { 'x-auth-token': token } })
/** Whether the hub knows the token: it says so before it asks for a WebSocket. */
async function isKnown(hub: ClusterHub, token: string): Promise<boolean> {
  const { status } = await ask(hub, token, 'GET', '/ws')
  expect([400, 401]).toContain(status)
  return status === 400
}

test('a login to salt-api on one hub is valid at once on the other, and over on both after a logout', async () => {
  const [one, two] = await pair()
  const token = await logIn(one)
  expect(await isKnown(two, token)).toBe(true)
  const stream = await StreamReader.open(`${addressOf(one, 'salt-api')}/events?token=${token}`)
  expect((await ask(two, token, 'POST', '/logout')).status).toBe(200)
  expect(await isKnown(two, token)).toBe(false)
  await expect.poll(() => stream.ended).toBe(true)
  await expect.poll(() => isKnown(one, token)).toBe(false)
})

test('a login goes on at the other hub when its hub is gone, until the password is changed there', async () => {
  const [one, two] = await pair()
  const token = await logIn(one)
  await one.stop()
  const stream = await StreamReader.open(`${addressOf(two, 'salt-api')}/events?token=${token}`)
  expect(stream.response.statusCode).toBe(200)
  await two.hub.access.passwords.set('ann', 'battery staple')
  await expect.poll(() => stream.ended).toBe(true)
  expect(await isKnown(two, token)).toBe(false)
})

test('a login is over on all hubs when one of them removes its principal', async () => {
  const [one, two] = await pair()
  const token = await logIn(one)
  const stream = await StreamReader.open(`${addressOf(two, 'salt-api')}/events?token=${token}`)
  one.hub.access.replace({ bob: {} })
  await expect.poll(() => stream.ended).toBe(true)
  expect(await isKnown(two, token)).toBe(false)
})

test('a token of SysAdm is valid on both hubs, until one of them clears it', async () => {
  const [one, two] = await pair()
  const [first, second] = [
    await SysadmClient.open(addressOf(one, 'sysadm')),
    await SysadmClient.open(addressOf(two, 'sysadm')),
  ]
  const [token] = await first.rpc<string[]>('auth', { username: 'ann', password: PASSWORD })
  expect(await second.rpc('auth_token', { token })).toEqual([token, 0])
  first.send('{"namespace":"rpc","name":"auth_clear","id":"c","args":""}')
  await expect.poll(() => second.rpc('query', '')).toMatchObject({ code: '401' })
})

test('sessions that begin and end are told by the hub on which they began, and only once', async () => {
  const [one, two] = await pair()
  const story: string[] = []
  for (const [name, { hub }] of Object.entries({ one, two }))
    hub.observers.sessions.observe({
      began: ({ context }) => void story.push(`${name}: began ${context}`),
      ended: ({ context }) => void story.push(`${name}: ended ${context}`),
    })
  const token = await logIn(one)
  expect(await isKnown(two, token)).toBe(true)
  await ask(two, token, 'POST', '/logout')
  await expect.poll(() => story).toEqual(['one: began salt-api', 'one: ended salt-api'])
})

test('a named view of the console that is kept on one hub is listed on the other', async () => {
  const [one, two] = await pair()
  const [first, second] = [await one.client(), await two.client()]
  await first.request('views.save', { name: 'ours', query: 'filter=a/' })
  const { views } = await second.request('views.list')
  expect(views).toMatchObject([{ name: 'ours', owner: 'admin', query: 'filter=a/' }])
})

import { afterEach, expect, it } from 'vitest'
import { HubProcess, jsonLines } from './hub-process.js'

/** Who has logged in stays so when the hub is killed and started again. */

let hub: HubProcess
afterEach(() => hub?.[Symbol.asyncDispose]())

const OWN = { 'x-tocsin-console': '1' }
const config = `
listen:
  http: { address: 127.0.0.1:0 }
principals:
  ann: { see: '*' }
salt:
  - bus: master
    tcp: { pub: 0, pull: 0 }
    rest: { address: 127.0.0.1:0, disableSsl: true }
`

const start = (folder?: string) => HubProcess.start({ folder, config })

async function addressOf(face: string): Promise<string> {
  const { stdout } = await hub.tocsin(['status', '--format', 'json'])
  const [{ listeners }] = jsonLines(stdout) as [{ listeners: { face: string; address: string }[] }]
  return listeners.find((each) => each.face === face)!.address
}

/** Kills the hub without a word, and starts it in the same folder. */
async function killAndStart(): Promise<void> {
  await hub.signal('SIGKILL')
  hub = await start(hub.folder)
}

it('a cookie of the console is valid after kill -9, and over after a logout and another kill -9', async () => {
  hub = await start()
  const first = hub
  const { stdout } = await hub.tocsin(['token', 'add', 'laptop', '--principal', 'ann'])
  const log = await fetch(`${await addressOf('http')}/v1/session`, {
    method: 'POST',
    headers: { ...OWN, authorization: `Bearer ${stdout.trim()}` },
  })
  expect(log.status).toBe(200)
  const value = log.headers.get('set-cookie')!.split(';')[0].split('=')[1]
  const ask = async (method: string) => {
    const address = await addressOf('http')
    // The name of the cookie has the port, which is another one each time.
    const cookie = `tocsin-${new URL(address).port}=${value}`
    return fetch(`${address}/v1/session`, { method, headers: { ...OWN, cookie } })
  }
  await killAndStart()
  expect(await (await ask('GET')).json()).toMatchObject({ principal: 'ann' })
  expect((await ask('DELETE')).status).toBe(204)
  await killAndStart()
  expect((await ask('GET')).status).toBe(401)
  await first[Symbol.asyncDispose]()
})

it('tokens of salt-api are valid after kill -9, and over after a change of the password', async () => {
  hub = await start()
  const first = hub
  const setPassword = (password: string) =>
    hub.tocsin(['token', 'password', 'ann'], { input: `${password}\n` })
  expect((await setPassword('correct horse')).code).toBe(0)
  const logIn = async (path: string) => {
    const body = new URLSearchParams({ username: 'ann', password: 'correct horse', eauth: 'pam' })
    const answer = await fetch((await addressOf('salt-api')) + path, { method: 'POST', body })
    return /[0-9a-f]{40,64}/.exec(await answer.text())![0]
  }
  const tokens = [await logIn('/login'), await logIn('/token')]
  const statuses = async () => {
    const address = await addressOf('salt-api')
    return Promise.all(tokens.map(async (token) => (await fetch(`${address}/ws/${token}`)).status))
  }
  await killAndStart()
  // The tokens are known, and a request that is no WebSocket is refused.
  expect(await statuses()).toEqual([400, 400])
  expect((await setPassword('battery staple')).code).toBe(0)
  expect(await statuses()).toEqual([401, 401])
  await killAndStart()
  expect(await statuses()).toEqual([401, 401])
  await first[Symbol.asyncDispose]()
})

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Client, connect } from '../../src/client/index.js'
import { type RunningHub, serve } from '../../src/hub/serve.js'
import type { ConfigCommitted } from '../../src/methods/contract/index.js'
import { eventually } from '../faults/eventually.js'

let folder: string
let hub: RunningHub
let admin: Client

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-live-'))
  writeFileSync(file(), `listen:\n  unix:\n    - path: ${socket()}\n  http: off\n`)
  hub = await serve({ config: file(), data: join(folder, 'data') })
  admin = await connect({ address: socket() })
})

afterEach(async () => {
  await admin.close()
  await hub.stop()
  rmSync(folder, { recursive: true, force: true })
})

const file = () => join(folder, 'tocsin.yaml')
const socket = (name = 'tocsin') => join(folder, `${name}.sock`)
const written = () => readFileSync(file(), 'utf8')

async function commit(
  values: Record<string, unknown>,
  options = {},
  client = admin,
): Promise<ConfigCommitted> {
  const edits = Object.entries(values).map(([key, value]) =>
    value === undefined ? { key, delete: true } : { key, value },
  )
  await client.request('config.edit', { session: 'test', edits })
  try {
    return await client.request<ConfigCommitted>('config.commit', { session: 'test', ...options })
  } finally {
    await client.request('config.discard', { session: 'test' })
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as { port: number }
  await new Promise((done) => server.close(done))
  return port
}

/** Holds a port, as another program does. */
async function foreign(port: number) {
  const server = createServer((peer) => peer.end('foreign'))
  await new Promise<void>((done, failed) => server.once('error', failed).listen(port, '127.0.0.1', done))
  return { [Symbol.asyncDispose]: async () => void (await new Promise((done) => server.close(done))) }
}

const addresses = async () =>
  (await admin.request<{ listeners: { face: string; address: string }[] }>('hub.status')).listeners.map(
    ({ face, address }) => `${face} ${address}`,
  )
const health = (port: number) =>
  fetch(`http://127.0.0.1:${port}/healthz`).then(
    ({ status }) => status,
    () => undefined,
  )

/** What a client of an address receives until the connection ends. */
async function follow(address: string) {
  const client = await connect({ address, reconnect: false })
  const subscription = client.subscribe('count/')
  const tags: string[] = []
  const ended = (async () => {
    for await (const { tag } of subscription.events()) tags.push(tag)
  })().then(
    () => '',
    (error: Error) => error.message,
  )
  await subscription.ready()
  return { client, tags, ended }
}

describe('a commit', () => {
  it('adds a listener for HTTP that can be used at once, and removes it again', async () => {
    const port = await freePort()
    const result = await commit({ 'listen.http': `127.0.0.1:${port}` })
    expect(result).toMatchObject({ applied: ['listen.http'], restart: [] })
    expect(await addresses()).toEqual([`native unix:${socket()}`, `http http://127.0.0.1:${port}`])
    expect(await health(port)).toBe(200)
    await commit({ 'listen.http': 'off' })
    expect(await addresses()).toEqual([`native unix:${socket()}`])
    await eventually(async () => (await health(port)) === undefined)
  })

  it('moves a listener to another port while clients of the others receive every event', async () => {
    const [before, after] = [await freePort(), await freePort()]
    await commit({ 'listen.tcp': `127.0.0.1:${before}` })
    await using reader = (await follow(socket())).client
    const seen = await follow(socket())
    let sent = 0
    let isDone = false
    const publishing = (async () => {
      while (!isDone) await reader.publish(`count/${sent++}`, 1)
    })()
    await commit({ 'listen.tcp': `127.0.0.1:${after}` })
    isDone = true
    await publishing
    await eventually(async () => seen.tags.length === sent)
    expect(seen.tags).toEqual(Array.from({ length: sent }, (_, i) => `count/${i}`))
    expect(await addresses()).toContain(`native tcp://127.0.0.1:${after}`)
    expect(await addresses()).not.toContain(`native tcp://127.0.0.1:${before}`)
    await seen.client.close()
  })

  it('says goodbye to the clients of a listener that goes, and to no others', async () => {
    await commit({ 'listen.unix[]': { path: socket('second') } })
    const [stays, goes] = [await follow(socket()), await follow(socket('second'))]
    await commit({ 'listen.unix[1]': undefined })
    expect(await goes.ended).toContain('the configuration has changed')
    await admin.publish('count/1', 1)
    await eventually(async () => stays.tags.length === 1)
    await stays.client.close()
  })

  it('is answered over the listener that it removes', async () => {
    await commit({ 'listen.unix[]': { path: socket('second') } })
    const second = await connect({ address: socket('second'), reconnect: false })
    await second.request('config.edit', { edits: [{ key: 'listen.unix[1]', delete: true }] })
    expect(await second.request('config.commit')).toMatchObject({ applied: ['listen.unix'] })
    await eventually(async () => !(await addresses()).includes(`native unix:${socket('second')}`))
    await second.close()
  })

  it('fails as a whole if a port is taken, and leaves every listener as it was', async () => {
    const [port, taken] = [await freePort(), await freePort()]
    await using _ = await foreign(taken)
    await commit({ 'listen.http': `127.0.0.1:${port}` })
    const before = { text: written(), addresses: await addresses() }
    const failed = commit({
      'listen.http': { address: `127.0.0.1:${port}`, hosts: ['hub.example'] },
      'listen.tcp': `127.0.0.1:${taken}`,
      'ncs.unix': { path: socket('ncs') },
      'limits.requests': 7,
    })
    await expect(failed).rejects.toMatchObject({
      code: 'TCN_CONFIG_APPLY',
      message: expect.stringMatching(
        new RegExp(`^faces: cannot listen on 127.0.0.1:${taken}: .*nothing has changed`),
      ),
      details: { part: 'faces', code: 'TCN_SOCKET_IN_USE' },
    })
    expect({ text: written(), addresses: await addresses() }).toEqual(before)
    expect(await health(port)).toBe(200)
    await expect(connect({ address: socket('ncs'), reconnect: false })).rejects.toThrow()
  })

  it('exchanges the ports of two listeners', async () => {
    const [one, other] = [await freePort(), await freePort()]
    await commit({ 'listen.http': `127.0.0.1:${one}`, 'listen.tcp': `127.0.0.1:${other}` })
    await commit({ 'listen.http': `127.0.0.1:${other}`, 'listen.tcp': `127.0.0.1:${one}` })
    expect(await health(other)).toBe(200)
    expect(await addresses()).toContain(`native tcp://127.0.0.1:${one}`)
  })

  it('binds a replaced listener again if another part fails, with the connections that it had', async () => {
    const [port, taken] = [await freePort(), await freePort()]
    await using _ = await foreign(taken)
    await commit({ 'ncs.listen': { address: `127.0.0.1:${port}`, principal: 'admin' } })
    const stays = await follow(`tcp://127.0.0.1:${port}`)
    const changed = { address: `127.0.0.1:${port}`, insecure: true, principal: 'admin' }
    await expect(
      commit({ 'ncs.listen': changed, 'listen.http': `127.0.0.1:${taken}` }),
    ).rejects.toMatchObject({ code: 'TCN_CONFIG_APPLY' })
    await admin.publish('count/1', 1)
    await eventually(async () => stays.tags.length === 1)
    await (await follow(`tcp://127.0.0.1:${port}`)).client.close()
    await stays.client.close()
  })

  it('that is not confirmed in time takes its listeners back', async () => {
    const port = await freePort()
    await commit({ 'listen.http': `127.0.0.1:${port}` }, { confirmed: 1e6 })
    expect(await health(port)).toBe(200)
    await eventually(async () => (await health(port)) === undefined)
    expect(await addresses()).toEqual([`native unix:${socket()}`])
  })
})

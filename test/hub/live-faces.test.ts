import { appendFileSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connect } from '../../src/client/index.js'
import { eventually } from '../faults/eventually.js'
import { freePorts, health, holdPort, LiveHub } from './live-hub.js'

let live: LiveHub

beforeEach(async () => {
  live = await LiveHub.start()
})

afterEach(() => live[Symbol.asyncDispose]())

describe('a commit', () => {
  it('adds a listener for HTTP that can be used at once, and removes it again', async () => {
    const [port] = await freePorts(1)
    const result = await live.commit({ 'listen.http': `127.0.0.1:${port}` })
    expect(result).toMatchObject({ applied: ['listen.http'], restart: [] })
    expect(await live.listeners()).toEqual([
      `native unix:${live.path('tocsin.sock')}`,
      `http http://127.0.0.1:${port}`,
    ])
    expect(await health(port)).toBe(200)
    await live.commit({ 'listen.http': 'off' })
    expect(await live.listeners()).toEqual([`native unix:${live.path('tocsin.sock')}`])
    await eventually(async () => (await health(port)) === undefined)
  })

  it('adds and removes named streams', async () => {
    const names = async () =>
      ((await live.admin.request('streams.list')) as { streams: { name: string }[] }).streams.map(
        ({ name }) => name,
      )
    const builtIn = await names()
    const result = await live.commit({ 'streams[]': { name: 'links', filter: 'net/link/*' } })
    expect(result).toMatchObject({ applied: ['streams'], restart: [] })
    expect(await names()).toEqual([...builtIn, 'links'])
    await live.commit({ 'streams[0]': undefined })
    expect(await names()).toEqual(builtIn)
  })

  it('moves a listener to another port while clients of the others receive every event', async () => {
    const [before, after] = await freePorts(2)
    await live.commit({ 'listen.tcp': `127.0.0.1:${before}` })
    await using reader = await connect({ address: live.path('tocsin.sock') })
    const seen = await live.follow(live.path('tocsin.sock'))
    let sent = 0
    let isDone = false
    const publishing = (async () => {
      while (!isDone) await reader.publish(`count/${sent++}`, 1)
    })()
    await live.commit({ 'listen.tcp': `127.0.0.1:${after}` })
    isDone = true
    await publishing
    await eventually(async () => seen.tags.length === sent)
    expect(seen.tags).toEqual(Array.from({ length: sent }, (_, i) => `count/${i}`))
    expect(await live.listeners()).toContain(`native tcp://127.0.0.1:${after}`)
    expect(await live.listeners()).not.toContain(`native tcp://127.0.0.1:${before}`)
    await seen.client.close()
  })

  it('says goodbye to the clients of a listener that goes, and to no others', async () => {
    await live.commit({ 'listen.unix[]': { path: live.path('second.sock') } })
    const [stays, goes] = [
      await live.follow(live.path('tocsin.sock')),
      await live.follow(live.path('second.sock')),
    ]
    await live.commit({ 'listen.unix[1]': undefined })
    expect(await goes.ended).toContain('the configuration has changed')
    await live.admin.publish('count/1', 1)
    await eventually(async () => stays.tags.length === 1)
    await stays.client.close()
  })

  it('is answered over the listener that it removes', async () => {
    await live.commit({ 'listen.unix[]': { path: live.path('second.sock') } })
    const second = await connect({ address: live.path('second.sock'), reconnect: false })
    await second.request('config.edit', { edits: [{ key: 'listen.unix[1]', delete: true }] })
    expect(await second.request('config.commit')).toMatchObject({ applied: ['listen.unix'] })
    await eventually(
      async () => !(await live.listeners()).includes(`native unix:${live.path('second.sock')}`),
    )
    await second.close()
  })

  it('fails as a whole if a port is taken, and leaves every listener as it was', async () => {
    const [port, taken] = await freePorts(2)
    await using _ = await holdPort(taken)
    await live.commit({ 'listen.http': `127.0.0.1:${port}` })
    const before = { text: live.text, addresses: await live.listeners() }
    const failed = live.commit({
      'listen.http': { address: `127.0.0.1:${port}`, hosts: ['hub.example'] },
      'listen.tcp': `127.0.0.1:${taken}`,
      'ncs.unix': { path: live.path('ncs.sock') },
      'limits.requests': 7,
    })
    await expect(failed).rejects.toMatchObject({
      code: 'TCN_CONFIG_APPLY',
      message: expect.stringMatching(
        new RegExp(`^faces: cannot listen on 127.0.0.1:${taken}: .*nothing has changed`),
      ),
      details: { part: 'faces', code: 'TCN_SOCKET_IN_USE' },
    })
    expect({ text: live.text, addresses: await live.listeners() }).toEqual(before)
    expect(await health(port)).toBe(200)
    await expect(connect({ address: live.path('ncs.sock'), reconnect: false })).rejects.toThrow()
  })

  it('exchanges the ports of two listeners', async () => {
    const [one, other] = await freePorts(2)
    await live.commit({ 'listen.http': `127.0.0.1:${one}`, 'listen.tcp': `127.0.0.1:${other}` })
    await live.commit({ 'listen.http': `127.0.0.1:${other}`, 'listen.tcp': `127.0.0.1:${one}` })
    expect(await health(other)).toBe(200)
    expect(await live.listeners()).toContain(`native tcp://127.0.0.1:${one}`)
  })

  it('binds a replaced listener again if another part fails, with the connections that it had', async () => {
    const [port, taken] = await freePorts(2)
    await using _ = await holdPort(taken)
    await live.commit({ 'ncs.listen': { address: `127.0.0.1:${port}`, principal: 'admin' } })
    const stays = await live.follow(`tcp://127.0.0.1:${port}`)
    const changed = { address: `127.0.0.1:${port}`, insecure: true, principal: 'admin' }
    await expect(
      live.commit({ 'ncs.listen': changed, 'listen.http': `127.0.0.1:${taken}` }),
    ).rejects.toMatchObject({ code: 'TCN_CONFIG_APPLY' })
    await live.admin.publish('count/1', 1)
    await eventually(async () => stays.tags.length === 1)
    await (await live.follow(`tcp://127.0.0.1:${port}`)).client.close()
    await stays.client.close()
  })

  it('that is not confirmed in time takes its listeners back', async () => {
    const [port] = await freePorts(1)
    await live.commit({ 'listen.http': `127.0.0.1:${port}` }, { confirmed: 1e6 })
    expect(await health(port)).toBe(200)
    await eventually(async () => (await health(port)) === undefined)
    expect(await live.listeners()).toEqual([`native unix:${live.path('tocsin.sock')}`])
  })

  it('switches notification sockets of NSO on and off, with one reporter for both addresses', async () => {
    const [port] = await freePorts(1)
    await live.commit({ 'ncs.unix': { path: live.path('ncs.sock') } })
    await live.commit({ 'ncs.listen': { address: `127.0.0.1:${port}`, principal: 'admin' } })
    const seen = live.admin.subscribe('ncs/')
    const tags: string[] = []
    const reading = (async () => {
      for await (const { tag } of seen.events()) tags.push(tag)
    })().catch(() => undefined)
    await seen.ready()
    await live.commit({ 'limits.requests': 33 })
    await eventually(() => tags.some((tag) => tag.startsWith('ncs/commit_simple')))
    expect(tags.filter((tag) => tag.startsWith('ncs/commit_simple'))).toHaveLength(1)
    await live.commit({ ncs: undefined })
    expect(await live.listeners()).toEqual([`native unix:${live.path('tocsin.sock')}`])
    await expect(connect({ address: live.path('ncs.sock'), reconnect: false })).rejects.toThrow()
    await seen.close()
    await reading
  })

  it('adds a source, whose events come at once, and leaves the others as they are', async () => {
    const log = (name: string) => live.path(`${name}.log`)
    const source = (name: string) => ({ name, lines: [log(name)], from: 'start' })
    writeFileSync(log('one'), 'first\n')
    writeFileSync(log('two'), 'second\n')
    const lines: string[] = []
    const seen = live.admin.subscribe('host/')
    const reading = (async () => {
      for await (const { data } of seen.events()) lines.push((data as { line: string }).line)
    })().catch(() => undefined)
    await seen.ready()
    await live.commit({ 'sources.files': [source('one')] })
    await eventually(() => lines.includes('first'))
    await live.commit({ 'sources.files[]': source('two') })
    appendFileSync(log('one'), 'third\n')
    await eventually(() => lines.includes('second') && lines.includes('third'))
    await live.commit({ 'sources.files[0]': { ...source('one'), silentAfter: '1h' } })
    appendFileSync(log('one'), 'fourth\n')
    await eventually(() => lines.includes('fourth'))
    expect(lines.toSorted()).toEqual(['first', 'fourth', 'second', 'third'])
    await seen.close()
    await reading
  })

  it('ends the streams of a listener for HTTP that goes, with the reason', async () => {
    const [port] = await freePorts(1)
    await live.commit({ 'listen.http': `127.0.0.1:${port}` })
    const { token } = await live.admin.request<{ token: string }>('tokens.add', { name: 'far', rights: '*' })
    const headers = { authorization: `Bearer ${token}` }
    const stream = await fetch(`http://127.0.0.1:${port}/v1/stream?filter=count/`, { headers })
    const text = stream.text()
    await live.commit({ 'listen.http': 'off' })
    expect(await text).toContain('the configuration has changed')
  })

  it('lets other hosts and origins in while every connection stays', async () => {
    const [port] = await freePorts(1)
    await live.commit({ 'listen.http': `127.0.0.1:${port}` })
    const { token } = await live.admin.request<{ token: string }>('tokens.add', { name: 'far', rights: '*' })
    const address = `ws://127.0.0.1:${port}`
    const client = await connect({ address, token, reconnect: false })
    const preflight = () =>
      fetch(`http://127.0.0.1:${port}/healthz`, { headers: { origin: 'https://page.example' } })
    expect((await preflight()).status).toBe(403)
    await live.commit({ 'listen.http': { address: `127.0.0.1:${port}`, origins: ['https://page.example'] } })
    expect((await preflight()).status).toBe(200)
    await client.publish('count/1', 1)
    await client.close()
  })

  it('offers and removes a bus of Salt, and replaces it at the same sockets', async () => {
    const bus = { bus: 'lab', sockDir: live.path('salt') }
    await live.commit({ salt: [bus] })
    const sockets = await live.listeners()
    expect(sockets.filter((each) => each.startsWith('salt '))).toHaveLength(2)
    await live.commit({ salt: [{ ...bus, maxFrame: '1MiB' }] })
    expect(await live.listeners()).toEqual(sockets)
    await live.commit({ salt: undefined })
    expect(await live.listeners()).toEqual([`native unix:${live.path('tocsin.sock')}`])
  })
})

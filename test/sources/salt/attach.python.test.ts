import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { minionHash } from '../../../src/protocols/salt/codec/sockets.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { Attached } from './attached.js'
import { PythonBus } from './python-bus.js'

const data = { id: 'web1', jid: '20261120044233603103', retcode: 0, _stamp: '2026-11-20T04:42:33.603103' }

describe('an event from the bus of a daemon', () => {
  it.each(['new', 'old'] as const)('arrives unchanged and in order with %s framing', async (framing) => {
    const folder = temporaryFolder('salt')
    await using bus = await PythonBus.start(folder, { framing })
    await using hub = await Attached.start({ name: 'master', sockDir: folder })
    bus.fire('salt/job/20261120044233603103/ret/web1', data)
    bus.command({ count: 2000, tag: 'seq' })
    await hub.until(() => hub.tags('master').length === 2001)
    expect(hub.tags('master')[0]).toBe('salt/job/20261120044233603103/ret/web1')
    expect(hub.events.find(({ tag }) => tag.startsWith('salt/job'))?.data).toEqual(data)
    expect(hub.tags('master').slice(1)).toEqual(Array.from({ length: 2000 }, (_, n) => `seq/${n}`))
    expect(hub.gaps('master')).toEqual([])
  })

  it('keeps the bytes of its body, whatever types it contains', async () => {
    const folder = temporaryFolder('salt')
    await using bus = await PythonBus.start(folder)
    await using hub = await Attached.start({ name: 'master', sockDir: folder })
    const hex = capturedFrame('myco/mytag/success')
    bus.command({ hex })
    await hub.until(() => hub.tags('master').length === 1)
    const event = hub.events.find(({ tag }) => tag === 'myco/mytag/success')!
    expect(hex.endsWith(Buffer.from(event.body).toString('hex'))).toBe(true)
  })

  it('is read from the sockets of a minion, which its id determines', async () => {
    const folder = temporaryFolder('salt')
    await using bus = await PythonBus.start(folder, { prefix: `minion_event_${minionHash('min1')}` })
    await using hub = await Attached.start({
      name: 'min1',
      node: 'minion',
      id: 'min1',
      sockDir: folder,
    })
    bus.fire('__master_connected', { master: 'salt1' })
    await hub.until(() => hub.tags('min1').length === 1)
    expect(hub.tags('min1')).toEqual(['__master_connected'])
  })

  it('is published only if the filter matches', async () => {
    const folder = temporaryFolder('salt')
    await using bus = await PythonBus.start(folder)
    const filter = ['salt/job/*', '!salt/job/*/prog/*']
    await using hub = await Attached.start({ name: 'master', sockDir: folder, filter })
    for (const tag of ['salt/auth', 'salt/job/1/prog/a/1', 'salt/job/1/new']) bus.fire(tag)
    await hub.until(() => hub.tags('master').length > 0)
    expect(hub.tags('master')).toEqual(['salt/job/1/new'])
  })
})

describe('data that is not an event', () => {
  it('is left out, counted by reason, and does not affect valid events', async () => {
    const folder = temporaryFolder('salt')
    await using bus = await PythonBus.start(folder)
    await using hub = await Attached.start({ name: 'master', sockDir: folder })
    const frame = (body: string) => {
      const bytes = Buffer.from(body, 'latin1')
      return `82a46865616480a4626f6479c4${Buffer.from([bytes.length]).toString('hex')}${bytes.toString('hex')}`
    }
    const bad = ['no separator', '\n\n\x80', 'a\xff\n\n\x80', 'a\n\n\x80\x80', 'a\n\n\x81']
    for (const body of bad) bus.command({ hex: frame(body) })
    bus.command({ hex: frame('hub/started\n\n\x80') })
    bus.command({ hex: '93010203' })
    bus.command({ hex: '81a46865616480' })
    bus.command({ hex: frame('odd\x01\x1b\tb\n\n\x80') })
    bus.fire('good')
    await hub.until(() => hub.tags('master').length === 2)
    await hub.until(() => hub.gaps('master').reduce((sum, { count }) => sum + (count as number), 0) === 8)
    expect(hub.tags('master')).toEqual(['odd\x01\x1b\tb', 'good'])
    const reasons = hub.gaps('master').map(({ reason }) => reason)
    expect(reasons).toContain(
      'the bus sent data that is not an event: tags under `hub` are reserved for the hub',
    )
    expect(reasons).toContain('the bus sent data that is not an event: the tag is not valid UTF-8')
    expect(hub.runners[0].status()).toMatchObject({ state: 'up', lost: 8, events: 2 })
  })

  it('may be an event over the limit of the hub: the others are published', async () => {
    const folder = temporaryFolder('salt')
    await using bus = await PythonBus.start(folder)
    await using hub = await Attached.start({ name: 'master', sockDir: folder })
    bus.fire('before')
    bus.command({ large: 17 * 2 ** 20 })
    bus.fire('after')
    await hub.until(() => hub.tags('master').length === 2)
    await hub.until(() => hub.gaps('master').length === 1)
    expect(hub.gaps('master')[0]).toMatchObject({ count: 1, reason: expect.stringContaining('larger') })
  })

  it('makes the source reconnect if it has no frames, and report the reason and the gap', async () => {
    const folder = temporaryFolder('salt')
    await using bus = await PythonBus.start(folder)
    await using hub = await Attached.start({ name: 'master', sockDir: folder })
    bus.command({ hex: 'c1c1c1' })
    await hub.until(() => hub.states('master').includes('back'))
    await bus.subscribers(1)
    bus.fire('again')
    await hub.until(() => hub.tags('master').length === 1)
    expect(hub.states('master')).toEqual(['up', 'down', 'back'])
    expect(hub.gaps('master')).toMatchObject([
      { count: null, reason: expect.stringContaining('not connected') },
    ])
  })
})

describe('a bus that disconnects', () => {
  it('is reconnected, and the time in between is reported as a gap', async () => {
    const folder = temporaryFolder('salt')
    const first = await PythonBus.start(folder)
    await using hub = await Attached.start({ name: 'master', sockDir: folder })
    first.fire('before')
    await hub.until(() => hub.tags('master').length === 1)
    const killedAt = new Date(Date.now() - 1).toISOString()
    await first.kill()
    await hub.until(() => hub.states('master').includes('down'))
    await using second = await PythonBus.start(folder)
    const backAt = new Date().toISOString()
    await hub.until(() => hub.states('master').includes('back'))
    second.fire('after')
    await hub.until(() => hub.tags('master').length === 2 && hub.gaps('master').length === 1)
    expect(hub.tags('master')).toEqual(['before', 'after'])
    const [gap] = hub.gaps('master')
    expect(gap).toMatchObject({ source: 'salt/master', count: null })
    expect(String(gap.to) >= backAt).toBe(true)
    expect(String(gap.from) <= new Date().toISOString()).toBe(true)
    expect(String(gap.from) < String(gap.to)).toBe(true)
    expect(String(gap.to) > killedAt).toBe(true)
  })

  it('is waited for if it does not exist yet', async () => {
    const folder = temporaryFolder('salt')
    await using hub = await Attached.start()
    hub.attach({ name: 'master', sockDir: folder })
    await hub.until(() => hub.states('master').includes('down'))
    expect(hub.runners[0].status().reason).toContain('no daemon listens on this socket')
    await using bus = await PythonBus.start(folder)
    await hub.until(() => hub.states('master').includes('back'))
    bus.fire('at last')
    await hub.until(() => hub.tags('master').length === 1)
    expect(hub.gaps('master')).toEqual([])
  })
})

function capturedFrame(tag: string): string {
  const file = new URL('../../vectors/salt-frames.json', import.meta.url)
  const { frames } = JSON.parse(readFileSync(file, 'utf8')) as { frames: { socket: string; hex: string }[] }
  return frames.find(({ socket, hex }) => socket === 'pub' && hex.includes(Buffer.from(tag).toString('hex')))!
    .hex
}

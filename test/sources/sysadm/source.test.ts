import { expect, it } from 'vitest'
import { sourceClaims, sourcesConfig } from '../../../src/sources/config.js'
import { sysadmSourcesConfig } from '../../../src/sources/sysadm/index.js'
import { startSysadm } from '../../faces/sysadm/fixture.js'
import { GenuineBridge } from '../../protocols/sysadm/client/genuine-bridge.js'
import { frames, PASSWORD } from '../../protocols/sysadm/client/genuine-peer.js'
import { GenuineServer } from '../../protocols/sysadm/client/genuine-server.js'
import { testKey } from '../../protocols/sysadm/client/test-key.js'
import { Attached } from './attached.js'

const snapshot = (message: string) => ({ class: 'snapshot', message, priority: '1 - Information' })

function direct(hub: Attached, { url, fingerprint }: { url: string; fingerprint?: string }) {
  return {
    name: 'a',
    url,
    tls: fingerprint === undefined ? { insecure: true } : { fingerprints: [fingerprint] },
    login: { user: 'root', passwordFile: hub.file('password', `${PASSWORD}\n`) },
  }
}

it('records every class of events below the name of the host, as the server sent them', async () => {
  await using server = await GenuineServer.start()
  await using hub = await Attached.start()
  await hub.attach(direct(hub, server))
  for (const frame of Object.values(frames)) server.push(frame)
  await hub.until(() => hub.recorded().length === 5)
  expect(hub.recorded().map(({ tag }) => tag)).toEqual([
    'host/vm/sysadm/life-preserver/snapshot',
    'host/vm/sysadm/system-state',
    'host/vm/sysadm/dispatcher/j1',
    'host/vm/sysadm/dispatcher/procID1',
    'host/vm/sysadm/dispatcher/sysadm_pkg_install-{1111}',
  ])
  expect(hub.recorded().map(({ data }) => data)).toEqual(
    Object.values(frames).map((frame) => JSON.parse(frame).args),
  )
  expect(hub.status().health?.details).toMatchObject({ servers: ['vm'] })
})

it('writes the priorities of documented servers as genuine ones do', async () => {
  await using server = await GenuineServer.start()
  await using hub = await Attached.start()
  await hub.attach(direct(hub, server))
  server.push(frames.snapshot.replace('life-preserver', 'life_preserver').replace('1 - ', '1/'))
  await hub.until(() => hub.recorded().length === 1)
  expect(hub.recorded()[0].data.priority).toBe('1 - Information')
})

it('reports the time without a connection, and does not record again what the server repeats', async () => {
  await using server = await GenuineServer.start()
  await using hub = await Attached.start()
  await hub.attach(direct(hub, server))
  server.state.last['system-state'] = frames.state
  server.push(frames.state)
  await hub.until(() => hub.recorded().length === 1)
  server.cut()
  await hub.until(() => hub.gaps().length > 0)
  expect(hub.gaps()[0].reason).toContain('vm: not connected to the server')
  server.push(frames.snapshot)
  await hub.until(() => hub.recorded().length === 2)
  expect(hub.recorded().map(({ tag }) => tag)).toEqual([
    'host/vm/sysadm/system-state',
    'host/vm/sysadm/life-preserver/snapshot',
  ])
})

it('reports the time without a connection also where nothing had come before', async () => {
  await using server = await GenuineServer.start()
  await using hub = await Attached.start()
  await hub.attach(direct(hub, server))
  await hub.detach()
  await hub.attach(direct(hub, server))
  await hub.until(() => hub.gaps().length > 0)
  expect(hub.gaps()[0].reason).toContain('vm: not connected to the server')
})

it('continues at the position of a hub after a restart, without a gap', async () => {
  await using remote = await startSysadm()
  await using hub = await Attached.start()
  const entry = { ...direct(hub, remote), classes: ['life-preserver' as const] }
  await hub.attach(entry)
  remote.publish('sysadm/life-preserver/snapshot', snapshot('first'))
  await hub.until(() => hub.recorded().length === 1)
  await hub.detach()
  for (const message of ['second', 'third'])
    remote.publish('sysadm/life-preserver/snapshot', snapshot(message))
  await hub.attach(entry)
  await hub.until(() => hub.recorded().length === 3)
  expect(hub.recorded().map(({ data }) => data.message)).toEqual(['first', 'second', 'third'])
  expect(hub.gaps()).toEqual([])
})

it('attaches to all servers of a bridge, also to those that come later', async () => {
  const { key, pem } = testKey()
  await using bridge = await GenuineBridge.start()
  await using hub = await Attached.start()
  const ofBridge = testKey()
  bridge.key = ofBridge.key.publicPem
  bridge.add('::{1}', 'nas1').state.keys = [key.publicPem]
  const { url, fingerprint } = bridge
  await hub.attach({
    name: 'a',
    url,
    bridge: true,
    tls: { fingerprints: [fingerprint] },
    login: { key: hub.file('key', pem), bridgeKey: hub.file('bridge-key', ofBridge.pem) },
  })
  await hub.until(() => hub.recorded().length === 1)
  bridge.add('::{2}', 'nas2').state.keys = [key.publicPem]
  bridge.announce()
  await hub.until(() => bridge.servers.every(({ peer }) => peer?.subscribed.size === 3))
  for (const { peer } of bridge.servers) peer!.push(frames.snapshot)
  await hub.until(() => hub.recorded().length === 4)
  expect(hub.recorded().map(({ tag }) => tag)).toEqual([
    'host/a/sysadm/bridge',
    'host/a/sysadm/bridge',
    'host/nas1/sysadm/life-preserver/snapshot',
    'host/nas2/sysadm/life-preserver/snapshot',
  ])
})

it('has settings that say how to log in and to whom', () => {
  const parse = (entry: object) => () => sysadmSourcesConfig.parse([{ name: 'a', ...entry }])
  const login = { key: '/k' }
  expect(parse({ url: 'wss://nas1', login })).not.toThrow()
  expect(parse({ url: 'ws://nas1', login })).toThrow('the address must be wss')
  expect(parse({ url: 'wss://nas1', login: { key: '/k', user: 'root' } })).toThrow('either `key`')
  expect(parse({ url: 'wss://nas1', login: { user: 'root' } })).toThrow('either `key`')
  expect(parse({ url: 'wss://nas1', login, tls: { fingerprints: ['no'] } })).toThrow('64 digits')
  const byName = { user: 'root', passwordFile: '/p' }
  expect(parse({ url: 'wss://nas1', bridge: true, login: byName })).toThrow('only a key is accepted')
})

it('claims its addresses, so that a hub cannot attach to itself', () => {
  const login = { key: '/k' }
  const sysadm = [
    { name: 'a', url: 'wss://127.0.0.1', login },
    { name: 'b', url: 'wss://[::1]', bridge: true, login },
  ]
  const claims = sourceClaims(sourcesConfig.parse({ sysadm }))
  expect(claims.flatMap(({ connects = [] }) => connects)).toEqual([
    { at: '127.0.0.1:12150', path: ['sources', 'sysadm', 0, 'url'] },
    { at: '[::1]:12149', path: ['sources', 'sysadm', 1, 'url'] },
  ])
})

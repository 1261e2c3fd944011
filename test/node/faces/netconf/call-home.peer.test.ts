// Runs on each supported Node.js: TLS.
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createSecureContext, TLSSocket } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { makeCertificate, writeCertificate } from '../../../../src/faces/shared/make-certificate.js'
import { startTestHub, type TestHub } from '../../../../src/hub/testing.js'
import * as ncs from '../../../../src/protocols/ncs/client/ncs.js'
import type { netconfSourcesConfig } from '../../../../src/sources/netconf/config.js'
import { netconfSources } from '../../../../src/sources/netconf/index.js'
import { SourceRunner } from '../../../../src/sources/runner.js'
import { closed } from '../../../helpers/closed.js'
import { temporaryFolder } from '../../../helpers/temporary-folder.js'
import { Netconfd } from '../../../protocols/netconf/netconfd.js'
import { ScriptedDevice } from '../../../protocols/netconf/scripted-device.js'
import { keyPair, SshDevice } from '../../../protocols/netconf/ssh-device.js'

type Entry = z.input<typeof netconfSourcesConfig>[number]

let folder: string
let hub: TestHub
let runner: SourceRunner | undefined
const devices: SshDevice[] = []

beforeEach(() => {
  folder = temporaryFolder('call-home')
  writeFileSync(join(folder, 'password'), 'secret\n')
})
afterEach(async () => {
  for (const device of devices.splice(0)) device.close()
  await runner?.stop()
  runner = undefined
  await hub.close()
})

async function start(entry: Partial<Entry>, listen: object = { callHome: '127.0.0.1:0' }): Promise<void> {
  hub = await startTestHub({ config: { listen, ncs: { unix: { path: join(folder, 'ipc') } } } })
  const config = netconfSources.config.parse([{ name: 'r1', callHome: true, ...entry }])
  const [{ definition }] = netconfSources.open(config)
  runner = new SourceRunner(definition, hub.hub.sourceHost)
  runner.start()
  await expect.poll(() => runner?.status().state).toBe('up')
}

function makeDevice(scripted: ScriptedDevice): SshDevice {
  const device = new SshDevice({ serve: (stream) => scripted.serve(stream) })
  devices.push(device)
  return device
}

const login = () => ({ user: 'admin', passwordFile: join(folder, 'password') })
const health = () => runner?.status().health
const portOf = (transport = 'ssh') => {
  const address = hub.hub.listeners.find(({ face }) => face === `call-home-${transport}`)?.address ?? ''
  return Number(address.slice(address.lastIndexOf(':') + 1))
}
const linkDown = (port: number) => `<linkDown xmlns="urn:acme"><port>${port}</port></linkDown>`

async function readEvents(filter: string): Promise<{ tag: string; data: Record<string, unknown> }[]> {
  await using client = await hub.connect()
  const events: { tag: string; data: Record<string, unknown> }[] = []
  for await (const { tag, data } of client.read(filter, { to: 'end' }).events())
    events.push({ tag, data: data as Record<string, unknown> })
  return events
}
const ports = async () =>
  (await readEvents('netconf/r1/linkDown')).map(({ data }) => (data.content as { port: string }).port)
const calls = async () => (await readEvents('hub/call-home/')).map(({ data }) => data)

describe('over SSH', () => {
  let scripted: ScriptedDevice
  let device: SshDevice
  beforeEach(() => {
    scripted = new ScriptedDevice()
    device = makeDevice(scripted)
  })

  it('a device that calls home is known by its key, and its events come', async () => {
    await start({ ...login(), hostKey: device.fingerprint })
    expect(health()).toMatchObject({ state: 'degraded', reason: 'the device has not called home yet' })
    await device.callHome(portOf())
    await expect.poll(() => scripted.subscribers).toBe(1)
    scripted.emit(linkDown(7))
    await expect.poll(ports).toEqual(['7'])
    expect(health()).toMatchObject({
      state: 'up',
      details: { device: 'calls home', calls: 1, from: expect.stringContaining('127.0.0.1:') },
    })
  })

  it('what happens between two calls comes from the log of the device, once', async () => {
    await start({ ...login(), hostKey: device.fingerprint })
    const first = await device.callHome(portOf())
    await expect.poll(() => scripted.subscribers).toBe(1)
    scripted.emit(linkDown(1))
    await expect.poll(ports).toEqual(['1'])
    first.destroy()
    await expect.poll(() => health()?.state).toBe('degraded')
    scripted.emit(linkDown(2))
    await device.callHome(portOf())
    await expect.poll(ports).toEqual(['1', '2'])
    scripted.emit(linkDown(3))
    await expect.poll(ports).toEqual(['1', '2', '3'])
    expect(await readEvents('hub/gap/')).toEqual([])
  })

  it('the latest call counts, and ends the one before', async () => {
    await start({ ...login(), hostKey: device.fingerprint })
    const first = await device.callHome(portOf())
    await expect.poll(() => scripted.subscribers).toBe(1)
    const ended = closed(first)
    await device.callHome(portOf())
    await ended
    await expect.poll(() => health()).toMatchObject({ state: 'up', details: { calls: 2 } })
    scripted.emit(linkDown(7))
    await expect.poll(ports).toEqual(['7'])
  })

  it('each call is CALL_HOME_INFO with all keys, and an unknown key is one in an hour', async () => {
    await start({ ...login(), hostKey: device.fingerprint })
    const sock = ncs.socket(ncs.AF_UNIX)
    await ncs.notificationsConnect(sock, { mask: ncs.NCS_NOTIF_CALL_HOME_INFO, path: join(folder, 'ipc') })
    const stranger = makeDevice(new ScriptedDevice())
    const socket = await device.callHome(portOf())
    const [ssh_key_alg, ssh_host_key] = device.hostKey.split(' ')
    const known = { af: ncs.AF_INET, ip4: '127.0.0.1', port: socket.localPort, ssh_key_alg, ssh_host_key }
    const notification = (call_home: object) => ({ type: ncs.NCS_NOTIF_CALL_HOME_INFO, call_home })
    expect(await sock.read()).toEqual(
      notification({ type: ncs.CALL_HOME_DEVICE_CONNECTED, device: 'r1', ...known }),
    )
    for (const nth of [1, 2]) {
      const refused = await stranger.callHome(portOf())
      await closed(refused)
      if (nth === 1)
        expect(await sock.read()).toEqual(
          notification({
            ...known,
            type: ncs.CALL_HOME_UNKNOWN_DEVICE,
            port: expect.any(Number),
            ssh_host_key: stranger.hostKey.split(' ')[1],
          }),
        )
    }
    socket.destroy()
    expect(await sock.read()).toEqual(
      notification({ type: ncs.CALL_HOME_DEVICE_DISCONNECTED, device: 'r1', ...known }),
    )
    sock.close()
    expect(stranger.logins).toEqual([])
    expect((await calls()).map(({ state }) => state)).toEqual(['connected', 'unknown', 'disconnected'])
  })

  it('a call ends if the device shows another host key later', async () => {
    await start({ ...login(), hostKey: device.fingerprint })
    const socket = await device.callHome(portOf())
    await expect.poll(() => scripted.subscribers).toBe(1)
    const ended = closed(socket)
    device.rekey(keyPair().private)
    await ended
    await expect
      .poll(async () => (await calls()).map(({ state }) => state))
      .toEqual(['connected', 'disconnected'])
  })

  it('a call ends if the session cannot begin', async () => {
    await start({ ...login(), hostKey: device.fingerprint, filter: { subtree: '<a>' } })
    const socket = await device.callHome(portOf())
    await closed(socket)
    await expect.poll(() => health()?.reason).toContain('filter.subtree')
    expect(health()?.state).toBe('degraded')
  })

  it('a device that refuses the login is a fault that says so', async () => {
    writeFileSync(join(folder, 'password'), 'wrong\n')
    await start({ ...login(), hostKey: device.fingerprint })
    await device.callHome(portOf())
    await expect.poll(() => health()?.reason).toContain('the device refuses the login of admin')
    expect(await calls()).toEqual([])
  })

  it('a device that calls too often is not let in', async () => {
    await start({ ...login(), hostKey: device.fingerprint })
    for (let nth = 0; nth < 11; nth++) await device.callHome(portOf())
    await expect
      .poll(() => readEvents('hub/refused'))
      .toMatchObject([{ data: { code: 'TCN_NETCONF_CALL_HOME' } }])
    await expect
      .poll(async () => (await calls()).filter(({ state }) => state === 'connected'))
      .toHaveLength(10)
  })

  it('peers that speak something else cost nothing but their connection', async () => {
    await start({ ...login(), hostKey: device.fingerprint })
    for (const said of ['GET / HTTP/1.1\r\n\r\n', 'SSH-2.0-x\r\n\0\0\0\0', '']) {
      const peer = connect(portOf(), '127.0.0.1')
      peer.end(said)
      await closed(peer)
    }
    await device.callHome(portOf())
    await expect.poll(() => scripted.subscribers).toBe(1)
    expect((await calls()).map(({ state }) => state)).toEqual(['connected'])
  })
})

it('over TLS, a device is known by its certificate, and gets that of the hub', async () => {
  const files = { certificate: join(folder, 'hub.pem'), key: join(folder, 'hub.key') }
  const [own, device] = [await makeCertificate(['hub'], 1), await makeCertificate(['r1'], 1)]
  writeCertificate(own, files, false)
  const scripted = new ScriptedDevice()
  await start({ tls: { fingerprint: device.fingerprint } }, { callHome: { tls: '127.0.0.1:0' }, tls: files })
  const socket = connect(portOf('tls'), '127.0.0.1')
  await once(socket, 'connect')
  const served = new TLSSocket(socket, {
    isServer: true,
    requestCert: true,
    rejectUnauthorized: false,
    secureContext: createSecureContext({ cert: device.certificate, key: device.key }),
  })
  served.on('error', () => {})
  await once(served, 'secure')
  expect(served.getPeerCertificate().subject.CN).toBe('hub')
  scripted.serve(served)
  await expect.poll(() => scripted.subscribers).toBe(1)
  scripted.emit(linkDown(7))
  await expect.poll(ports).toEqual(['7'])
  expect(await calls()).toEqual([
    {
      ...{ state: 'connected', device: 'r1', transport: 'tls', af: ncs.AF_INET, ip4: '127.0.0.1' },
      ...{ port: socket.localPort, fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/) },
    },
  ])
  served.destroy()
  await expect.poll(calls).toMatchObject([{}, { state: 'disconnected' }])
})

it('a genuine device calls home, and what it has kept comes when it calls again', async () => {
  await using device = await Netconfd.start()
  const { user, keyFile, hostKey } = device
  const sessions = async () =>
    (await readEvents('netconf/r1/netconf-session-start')).map(
      ({ data }) => (data.content as { 'session-id': number })['session-id'],
    )
  await start({ user, keyFile, hostKey })
  await device.callHome(portOf())
  await expect.poll(() => health()?.details.replay, { timeout: 20_000 }).toBe(true)
  const seen = await device.session()
  await expect.poll(sessions, { timeout: 20_000 }).toContain(seen.hello.sessionId)
  await seen.close()
  await device.hangUp()
  await expect.poll(() => health()?.state, { timeout: 20_000 }).toBe('degraded')
  const missed = await device.session()
  await missed.close()
  await device.callHome(portOf())
  await expect.poll(sessions, { timeout: 20_000 }).toContain(missed.hello.sessionId)
  expect(await readEvents('hub/gap/')).toEqual([])
})

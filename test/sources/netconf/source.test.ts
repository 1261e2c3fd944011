import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { z } from 'zod'
import { netconfSourcesConfig } from '../../../src/sources/netconf/config.js'
import { netconfSource } from '../../../src/sources/netconf/index.js'
import { SourceRunner } from '../../../src/sources/runner.js'
import { FakeHost } from '../../helpers/fake-source-host.js'
import { realRuntime } from '../../helpers/real-runtime.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { ScriptedDevice } from '../../protocols/netconf/scripted-device.js'
import { SshDevice } from '../../protocols/netconf/ssh-device.js'

type Config = Partial<z.input<typeof netconfSourcesConfig>[number]>

let device: ScriptedDevice
let server: SshDevice
let host: FakeHost
let runner: SourceRunner | undefined
const folder = temporaryFolder('netconf')

beforeEach(async () => {
  device = new ScriptedDevice()
  server = new SshDevice({ serve: (stream) => device.serve(stream) })
  await server.listen()
  host = new FakeHost(realRuntime)
  return () => server.close()
})
afterEach(() => runner?.stop())

async function start(config: Config = {}): Promise<SourceRunner> {
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, 'secret\n')
  const [parsed] = netconfSourcesConfig.parse([
    {
      name: 'r1',
      host: '127.0.0.1',
      port: server.port,
      user: 'admin',
      passwordFile,
      hostKey: server.fingerprint,
      ...config,
    },
  ])
  const made = new SourceRunner(netconfSource(parsed), host)
  runner = made
  made.start()
  await expect.poll(() => made.status().state).not.toBe('starting')
  return made
}

const events = () => host.events.filter(({ tag }) => tag.startsWith('netconf/'))
const event = (content: string) => `<linkDown xmlns="urn:acme">${content}</linkDown>`

it('a notification is an event with its name, the time of the device and its content', async () => {
  device.capabilities.push('urn:acme?module=acme-link&amp;revision=2026-01-01')
  await start()
  device.emit(event('<port>7</port>'))
  await expect.poll(() => events().length).toBe(1)
  expect(events()[0]).toMatchObject({
    tag: 'netconf/r1/linkDown',
    source: 'host/web1/netconf/r1',
    attributes: { time: '2026-11-27T00:00:00.000000Z' },
    data: {
      notification: 'acme-link:linkDown',
      time: '2026-11-27T00:00:00.000000Z',
      content: { port: '7' },
    },
  })
  expect(runner?.status().health?.details).toEqual({
    device: `127.0.0.1:${server.port}`,
    stream: 'NETCONF',
    session: 1,
    fingerprint: server.fingerprint,
    protocol: 'RFC 5277',
    replay: true,
    repeats: 0,
  })
})

it('with raw, the XML is kept as it came', async () => {
  await start({ raw: true })
  device.emit(event('<port>007</port>'))
  await expect.poll(() => events().length).toBe(1)
  expect(events()[0].data).toMatchObject({ xml: expect.stringContaining('<port>007</port></linkDown>') })
})

it('a filter is sent as the device needs it', async () => {
  await start({ filter: { xpath: '/a:linkDown', namespaces: { a: 'urn:acme' } } })
  const request = device.requests.find(({ name }) => name === 'create-subscription')
  const filter = request?.children.find(({ name }) => name === 'filter')
  expect(filter?.attributes).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ name: 'select', value: '/a:linkDown' }),
      expect.objectContaining({ name: 'a', value: 'urn:acme' }),
    ]),
  )
})

it('a filter that is not whole elements is a fault before anything is sent', async () => {
  for (const subtree of ['<a>', '</filter><x/><filter>', '<!DOCTYPE a><a/>', '<a b="]]>]]>"/>']) {
    const made = await start({ filter: { subtree } })
    expect(made.status().reason).toContain('filter.subtree')
    await made.stop()
  }
  expect(server.logins).toEqual([])
})

it('a device without notifications, XPath or the stream is a fault that says so', async () => {
  device.capabilities = device.capabilities.filter((uri) => !uri.includes('xpath'))
  const xpath = await start({ filter: { xpath: '/a' } })
  expect(xpath.status().reason).toBe('the device knows no filters of XPath: use `subtree`')
  await xpath.stop()
  const other = await start({ stream: 'other' })
  expect(other.status().reason).toBe('the device has no stream other; it has NETCONF')
  await other.stop()
  device.capabilities = device.capabilities.filter((uri) => !uri.includes('notification'))
  const none = await start()
  expect(none.status().reason).toBe('the device sends no notifications (RFC 5277, RFC 8639)')
})

it('notifications that are too long, too deep or not readable are counted or cut, and the next one comes', async () => {
  const made = await start({ maxMessage: '64KiB' })
  device.emit(event(`<a>${'x'.repeat(100_000)}</a>`))
  device.emit('')
  device.emit(event('<a>'.repeat(100) + '</a>'.repeat(100)))
  device.emit(event('<a>'.repeat(200) + '</a>'.repeat(200)))
  device.emit(event(Array.from({ length: 1000 }, (_, nth) => `<item>${nth}</item>`).join('')))
  device.emit(event('<port>7</port>'))
  await expect.poll(() => events().length).toBe(3)
  expect(events()[0].data).toMatchObject({ content: {}, cut: expect.any(Number) })
  expect(events()[1].data).toMatchObject({ content: { item: expect.arrayContaining(['999']) } })
  expect(made.status()).toMatchObject({ state: 'up', lost: 3 })
  await expect.poll(() => host.data('hub/gap/netconf/r1').length).toBe(3)
})

it('a long notification without content is counted, and the session continues', async () => {
  const made = await start()
  device.emit('<eventTime>2026-11-27T00:00:00Z</eventTime>'.repeat(600))
  device.emit(event('<port>7</port>'))
  await expect.poll(() => events().length).toBe(1)
  expect(made.status()).toMatchObject({ state: 'up', lost: 1, restarts: 0 })
})

it('a wrong password is not sent to another device, and the reason says what to add', async () => {
  const made = await start({ hostKey: `SHA256:${'A'.repeat(43)}` })
  expect(made.status().reason).toContain(`hostKey: ${server.fingerprint}`)
  expect(server.logins).toEqual([])
})

it('a stop does not wait for a device that says nothing', async () => {
  device.answers.set('get', '')
  const [parsed] = netconfSourcesConfig.parse([
    {
      name: 'r1',
      host: '127.0.0.1',
      port: server.port,
      user: 'admin',
      passwordFile: join(folder, 'password'),
      hostKey: server.fingerprint,
    },
  ])
  const made = new SourceRunner(netconfSource(parsed), host)
  made.start()
  await expect.poll(() => device.requests.length).toBe(1)
  await made.stop()
  expect(made.status().state).toBe('stopped')
})

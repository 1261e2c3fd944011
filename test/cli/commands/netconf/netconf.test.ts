import { writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { parse } from 'yaml'
import { textAt } from '../../../../src/protocols/netconf/codec/xml.js'
import { sourcesConfig } from '../../../../src/sources/config.js'
import { RunningCommand, runCommand } from '../../../helpers/run-cli.js'
import { temporaryFolder } from '../../../helpers/temporary-folder.js'
import { ScriptedDevice } from '../../../protocols/netconf/scripted-device.js'
import { SshDevice } from '../../../protocols/netconf/ssh-device.js'

let device: ScriptedDevice
let server: SshDevice
const passwordFile = join(temporaryFolder('netconf'), 'password')

beforeAll(async () => {
  writeFileSync(passwordFile, 'secret\n', { mode: 0o600 })
  server = new SshDevice({ serve: (stream) => device.serve(stream) })
  await server.listen()
})
afterAll(() => server.close())
beforeEach(() => {
  device = new ScriptedDevice()
})

const login = () => ['--user', 'admin', '--password-file', passwordFile, '--host-key', server.fingerprint]
const words = (name: string) => ['netconf', name, `127.0.0.1:${server.port}`]

it('hello shows the device, its streams, and lines that are a configuration in any folder', async () => {
  const here = relative(process.cwd(), passwordFile)
  const words = ['netconf', 'hello', `127.0.0.1:${server.port}`, '--user', 'admin', '--password-file', here]
  const { code, stdout } = await runCommand([...words, '--host-key', server.fingerprint])
  expect(code).toBe(0)
  expect(stdout).toContain(`fingerprint  ${server.fingerprint}`)
  expect(stdout).toContain('  urn:ietf:params:netconf:capability:notification:1.0')
  expect(stdout).toMatch(/^NETCONF +2026-11-27T00:00:00\.000000Z +-$/m)
  const { sources } = parse(stdout.slice(stdout.indexOf('sources:')))
  expect(sourcesConfig.parse(sources).netconf).toMatchObject([
    { host: '127.0.0.1', port: server.port, user: 'admin', passwordFile, hostKey: server.fingerprint },
  ])
})

it('hello is JSON for programs', async () => {
  const { stdout } = await runCommand([...words('hello'), ...login(), '--format', 'json'])
  expect(JSON.parse(stdout)).toMatchObject({
    device: `127.0.0.1:${server.port}`,
    fingerprint: server.fingerprint,
    session: 1,
    streams: [{ name: 'NETCONF', replay: true, logCreated: '2026-11-27T00:00:00.000000Z' }],
  })
})

it('without a host key, no password is asked for or sent, and the message has the fingerprint', async () => {
  const before = server.logins.length
  const { code, stderr } = await runCommand([...words('hello'), '--user', 'admin'])
  expect(code).toBe(1)
  expect(stderr).toContain(server.fingerprint)
  expect(stderr).toContain('TCN_NETCONF_HOST_KEY')
  expect(server.logins).toHaveLength(before)
})

it('watch prints a line for each notification, kept ones first', async () => {
  device.emit(
    '<netconf-session-start xmlns="urn:ietf:params:xml:ns:yang:ietf-netconf-notifications"><username>admin</username><session-id>4</session-id><source-host>192.0.2.1</source-host></netconf-session-start>',
  )
  const options = ['--since', '-3650d', '--count', '2']
  const watching = new RunningCommand([...words('watch'), ...login(), ...options])
  await watching.prints('netconf-session-start')
  device.emit('<linkDown xmlns="urn:acme"><port>7</port></linkDown>')
  expect(await watching.ended).toBe(0)
  expect(watching.stdout.split('\n')).toEqual([
    '2026-11-27T00:00:00.000Z  netconf-session-start     session 4 of admin began from 192.0.2.1',
    '2026-11-27T00:00:00.000Z  linkDown                  urn:acme:linkDown: {port: 7}',
    '',
  ])
})

it('watch prints JSON, and ends with its own code when nothing comes in time', async () => {
  const watching = new RunningCommand([...words('watch'), ...login(), '--count', '1', '--format', 'json'])
  await expect.poll(() => device.subscribers).toBe(1)
  device.emit('<linkDown xmlns="urn:acme"><port>7</port></linkDown>')
  expect(await watching.ended).toBe(0)
  expect(JSON.parse(watching.stdout)).toEqual({
    time: '2026-11-27T00:00:00.000000Z',
    notification: 'urn:acme:linkDown',
    content: { port: '7' },
  })
  const { code, stderr } = await runCommand([...words('watch'), ...login(), '--duration', '100ms'])
  expect(code).toBe(5)
  expect(stderr).toContain('Check the device')
})

it('watch ends when it is interrupted, and says when the device ends the session', async () => {
  const interrupted = new RunningCommand([...words('watch'), ...login()])
  await expect.poll(() => device.subscribers).toBe(1)
  expect(await interrupted.interrupt()).toBe(130)
  await expect.poll(() => device.subscribers).toBe(0)
  const left = new RunningCommand([...words('watch'), ...login()])
  await expect.poll(() => device.subscribers).toBe(1)
  device.drop()
  expect(await left.ended).toBe(1)
  expect(left.stderr).toContain('the device has ended the session')
})

it('a host is read with its port, and a login must be named', async () => {
  for (const wrong of [
    ['netconf', 'hello', 'r1:99999'],
    ['netconf', 'hello', 'r1.example'],
    ['netconf', 'hello', 'r1.example', '--certificate', '/none'],
  ]) {
    const { code } = await runCommand(wrong)
    expect(code).toBe(2)
  }
})

it('a host key that is none is refused by the name of its option', async () => {
  const given = ['--user', 'admin', '--host-key', 'garbage']
  const { code, stderr } = await runCommand([...words('hello'), ...given])
  expect(code).toBe(2)
  expect(stderr).toContain('--host-key must be a fingerprint')
})

it('subscriptions lists those of RFC 8639, and ends one', async () => {
  const old = await runCommand([...words('subscriptions'), ...login()])
  expect(old.stderr).toContain('the device has no subscriptions of RFC 8639')
  device.makeDynamic()
  device.answers.set(
    'get',
    '<data><subscriptions xmlns="urn:ietf:params:xml:ns:yang:ietf-subscribed-notifications"><subscription><id>22</id><stream>NETCONF</stream></subscription></subscriptions></data>',
  )
  const { code, stdout } = await runCommand([...words('subscriptions'), ...login()])
  expect(code).toBe(0)
  expect(stdout).toMatch(/^22 +NETCONF +- +-$/m)
  const killed = await runCommand([...words('subscriptions'), ...login(), '--kill', '22'])
  expect(killed.code).toBe(0)
  const [request] = device.requests.filter(({ name }) => name === 'kill-subscription')
  expect(textAt(request, 'id')).toBe('22')
  const wrong = await runCommand([...words('subscriptions'), ...login(), '--kill', 'x'])
  expect(wrong.code).toBe(2)
})

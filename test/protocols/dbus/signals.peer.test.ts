import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { watchUnits } from '../../../src/sources/systemd/unit-signals.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { requireTool } from '../../helpers/tools.js'
import { FakeSystemd } from './fake-systemd.js'

let socket: string
let bus: ChildProcess
let systemd: FakeSystemd
beforeEach(async () => {
  socket = join(temporaryFolder('dbus'), 'bus')
  const words = ['--session', '--nofork', '--nopidfile', '--print-address', `--address=unix:path=${socket}`]
  bus = spawn(requireTool('dbus-daemon'), words, { stdio: ['ignore', 'pipe', 'ignore'] })
  await once(bus.stdout!, 'data')
  systemd = new FakeSystemd(socket)
  await systemd.start()
})
afterEach(async () => {
  systemd.close()
  if (bus.exitCode !== null || bus.signalCode !== null) return
  bus.kill()
  await once(bus, 'exit')
})

/** Sends a signal as any user can, to all or to one connection. */
const send = (path: string, name: string, ...more: string[]) =>
  execFileSync(requireTool('dbus-send'), [`--bus=unix:path=${socket}`, '--type=signal', ...more, path, name])
const forge = (...more: string[]) => {
  send(UNITS, 'org.freedesktop.systemd1.Manager.JobRemoved', ...more)
  send(`${UNITS}/unit/a_2eservice`, 'org.freedesktop.DBus.Properties.PropertiesChanged', ...more)
}
const UNITS = '/org/freedesktop/systemd1'

const watch = (at = socket) => {
  const seen = { ready: 0, units: [] as string[], reasons: [] as string[] }
  const close = watchUnits(
    {
      ready: () => {
        seen.ready++
      },
      changed: (unit) => seen.units.push(unit),
      ended: ({ message }) => seen.reasons.push(message),
    },
    at,
  )
  return { seen, close }
}

it('changes of units are noticed on a real bus, and not what a question about a unit makes systemd send', async () => {
  const { seen, close } = watch()
  await expect.poll(() => seen.ready).toBe(1)
  systemd.unitNew('new.service')
  systemd.propertiesChanged('dev_2dvda1_2edevice')
  systemd.jobRemoved('ssh@1.service')
  await expect.poll(() => seen.units).toEqual(['dev-vda1.device', 'ssh@1.service'])
  close()
  expect(seen.reasons).toEqual([])
})

it('signals that others send count for nothing, whoever they are for and however long they are', async () => {
  const { seen, close } = watch()
  await expect.poll(() => seen.ready).toBe(1)
  forge()
  forge('--dest=:1.1')
  const text = `string:${'x'.repeat(120_000)}`
  execFileSync(requireTool('dbus-send'), [
    ...[`--bus=unix:path=${socket}`, '--type=signal', '--dest=:1.1', `${UNITS}/unit/a`, 'a.b.C'],
    ...Array.from({ length: 10 }, () => text),
  ])
  systemd.propertiesChanged('b_2eservice')
  await expect.poll(() => seen.units).toEqual(['b.service'])
  expect(seen.reasons).toEqual([])
  close()
})

it('where systemd refuses, there are no signals, and the reason is said', async () => {
  systemd.refuses = true
  const { seen } = watch()
  await expect
    .poll(() => seen.reasons)
    .toEqual(['the bus refuses a call: org.freedesktop.DBus.Error.AccessDenied'])
  expect(seen.ready).toBe(0)
})

it('the end of the bus is said once, and so is a bus that is not there', async () => {
  const { seen } = watch()
  await expect.poll(() => seen.ready).toBe(1)
  bus.kill()
  await once(bus, 'exit')
  await expect.poll(() => seen.reasons).toEqual(['the bus has closed the connection'])
  const { seen: none } = watch()
  await expect.poll(() => none.reasons).toHaveLength(1)
})

it('a socket of another program is left', async () => {
  const server = createServer((peer) => peer.on('data', () => peer.write('REJECTED EXTERNAL\r\n')))
  const other = join(temporaryFolder('dbus'), 'other')
  server.listen(other)
  await once(server, 'listening')
  const { seen } = watch(other)
  await expect.poll(() => seen.reasons).toEqual(['the bus refuses this user'])
  server.close()
})

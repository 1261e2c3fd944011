import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { watchUnits } from '../../../src/sources/systemd/unit-signals.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { requireTool } from '../../helpers/tools.js'

let socket: string
let bus: ChildProcess
beforeEach(async () => {
  socket = join(temporaryFolder('dbus'), 'bus')
  const words = ['--session', '--nofork', '--nopidfile', '--print-address', `--address=unix:path=${socket}`]
  bus = spawn(requireTool('dbus-daemon'), words, { stdio: ['ignore', 'pipe', 'ignore'] })
  await once(bus.stdout!, 'data')
})
afterEach(async () => {
  if (bus.exitCode !== null || bus.signalCode !== null) return
  bus.kill()
  await once(bus, 'exit')
})

const emit = (path: string, name: string) =>
  execFileSync(requireTool('dbus-send'), [`--bus=unix:path=${socket}`, '--type=signal', path, name])

const watch = (at = socket) => {
  const seen = { signals: 0, reasons: [] as string[] }
  const close = watchUnits(
    {
      changed: () => {
        seen.signals++
      },
      ended: ({ message }) => seen.reasons.push(message),
    },
    at,
  )
  return { seen, close }
}

it('signals about units are noticed on a real bus, and no others', async () => {
  const { seen, close } = watch()
  // The bus says first which name the connection has.
  await expect.poll(() => seen.signals).toBe(1)
  emit('/org/freedesktop/systemd1', 'org.freedesktop.systemd1.Manager.JobRemoved')
  emit('/org/freedesktop/systemd1/unit/a_2eservice', 'org.freedesktop.DBus.Properties.PropertiesChanged')
  emit('/org/freedesktop/login1', 'org.freedesktop.login1.Manager.SessionNew')
  emit('/org/freedesktop/systemd1', 'org.freedesktop.systemd1.Manager.UnitNew')
  await expect.poll(() => seen.signals).toBe(4)
  close()
  expect(seen.reasons).toEqual([])
})

it('the end of the bus is said once, and so is a bus that is not there', async () => {
  const { seen } = watch()
  await expect.poll(() => seen.signals).toBe(1)
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

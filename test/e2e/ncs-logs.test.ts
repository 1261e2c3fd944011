import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import * as ncs from '../../src/protocols/ncs/client/ncs.js'
import { HubProcess } from './hub-process.js'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tocsin-ncs-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function listen(mask: number) {
  const sock = ncs.socket(ncs.AF_UNIX)
  await ncs.notificationsConnect(sock, { mask, path: join(folder, 'ipc') })
  return sock
}

const starting = () =>
  HubProcess.start({ folder, config: `ncs: { unix: { path: ${join(folder, 'ipc')} } }\n` })

it('a hub writes nothing to its log while a program has taken it over, and writes again afterwards', async () => {
  await using hub = await starting()
  const first = await listen(ncs.NOTIF_SYSLOG_TAKEOVER)
  const second = await listen(ncs.NOTIF_SYSLOG_TAKEOVER)
  const reads = (name: string) => ({ syslog: { msg: expect.stringMatching(`tokens.add .*${name}.*: ok`) } })

  await hub.tocsin(['token', 'add', 'taken', '--principal', 'admin'])
  expect(await first.read()).toMatchObject(reads('taken'))
  expect(await second.read()).toMatchObject(reads('taken'))
  first.close()
  await hub.tocsin(['token', 'add', 'still', '--principal', 'admin'])
  expect(await second.read()).toMatchObject(reads('still'))
  second.close()
  // The hub learns of the end of the connection at some time.
  for (let i = 0; !hub.stderr.includes('tokens.add'); i++)
    await hub.tocsin(['token', 'add', `free${i}`, '--principal', 'admin'])
  expect(hub.stderr).not.toMatch(/taken|still/)
  expect((await hub.stop()).code).toBe(0)
}, 60_000)

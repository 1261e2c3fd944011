import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, it } from 'vitest'
import * as ncs from '../../src/protocols/ncs/client/ncs.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { HubProcess } from './hub-process.js'

let folder: string
beforeEach(() => {
  folder = temporaryFolder('ncs')
})

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
})

it('SIGHUP and `tocsin reload` say that logs are to be reopened, and load event types; `config reload` does not', async () => {
  await using hub = await starting()
  const sock = await listen(ncs.maskOf(ncs.NOTIF_REOPEN_LOGS, ncs.NCS_NOTIF_PACKAGE_RELOAD))
  process.kill(hub.pid, 'SIGHUP')
  expect(await sock.read()).toEqual({ type: ncs.NOTIF_REOPEN_LOGS })
  expect(await sock.read()).toEqual({ type: ncs.NCS_NOTIF_PACKAGE_RELOAD })

  mkdirSync(join(folder, 'types'))
  writeFileSync(join(folder, 'types/acme.json'), '{ "type": "acme.door", "tags": ["acme/door/*"] }')
  appendFileSync(join(folder, 'tocsin.yaml'), `types: { folder: ${folder}/types }\n`)
  expect((await hub.tocsin(['config', 'reload'])).stdout).toContain('in effect now: types.folder')
  const { code, stdout } = await hub.tocsin(['reload'])
  expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('reloaded') })
  // The first after the reload by SIGHUP is from `tocsin reload`.
  expect(await sock.read()).toEqual({ type: ncs.NOTIF_REOPEN_LOGS })
  expect(await sock.read()).toEqual({ type: ncs.NCS_NOTIF_PACKAGE_RELOAD })
  const { stdout: log } = await hub.tocsin(['read', 'ncs/reopen_logs', '--from', 'start', '--format', 'json'])
  expect(log.trim().split('\n')).toHaveLength(2)

  writeFileSync(join(folder, 'types/acme.json'), '{')
  const failed = await hub.tocsin(['reload'])
  expect(failed.code).not.toBe(0)
  expect(failed.stderr).toMatch(/acme\.json.*TCN_TYPE_FILE/s)
  sock.close()
})

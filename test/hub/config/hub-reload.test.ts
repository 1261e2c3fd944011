import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Client, connect } from '../../../src/client/index.js'
import { TocsinError } from '../../../src/errors/tocsin-error.js'
import { HubReload } from '../../../src/hub/config/hub-reload.js'
import { type RunningHub, serve } from '../../../src/hub/serve.js'
import { TypePackages } from '../../../src/hub/types/type-packages.js'
import type { HubReloadReport } from '../../../src/methods/contract/index.js'
import { Progress } from '../../../src/methods/progress.js'
import * as ncs from '../../../src/protocols/ncs/client/ncs.js'
import { TypeRegistry } from '../../../src/types/index.js'
import { FakeRuntime } from '../../helpers/fake-runtime.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

let folder: string
let hub: RunningHub
let admin: Client
let sock: ReturnType<typeof ncs.socket>

const door = { type: 'acme.door', tags: ['acme/door/*'], summary: 'A door was opened.' }
const write = (name: string, content: unknown) =>
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))
const config = (more = '') =>
  write('tocsin.yaml', `types: { folder: ${folder}/types }\nncs: { unix: { path: ${folder}/ipc } }\n${more}`)

async function start(): Promise<void> {
  hub = await serve({
    config: join(folder, 'tocsin.yaml'),
    data: join(folder, 'data'),
    sources: false,
    change({ listen }) {
      listen.unix[0].path = join(folder, 'tocsin.sock')
      listen.http = 'off'
    },
  })
  admin = await connect({ address: join(folder, 'tocsin.sock') })
  sock = ncs.socket(ncs.AF_UNIX)
  const mask = ncs.maskOf(ncs.NOTIF_UPGRADE_EVENT, ncs.NCS_NOTIF_PACKAGE_RELOAD, ncs.NOTIF_REOPEN_LOGS)
  await ncs.notificationsConnect(sock, { mask, path: join(folder, 'ipc') })
}

beforeEach(() => {
  folder = temporaryFolder('types')
  mkdirSync(join(folder, 'types'))
  config()
})

afterEach(async () => {
  sock?.close()
  await admin?.close()
  await hub?.stop()
})

async function typeOf(tag: string): Promise<string | undefined> {
  const { types } = await admin.request<{ types: { type: string; tags: string[] }[] }>('types.list')
  return types.find(({ tags }) => tags.includes(tag))?.type
}

/** The next notifications, until the phase in which a reload ends, and one more if it went well. */
async function phases(): Promise<(number | string)[]> {
  const seen: (number | string)[] = []
  for (;;) {
    const n = await sock.read()
    if (n.type === ncs.NOTIF_UPGRADE_EVENT) seen.push(n.upgrade.event)
    else seen.push(n.type === ncs.NOTIF_REOPEN_LOGS ? 'reopen' : 'packages')
    if (seen.at(-1) === ncs.UPGRADE_ABORTED || seen.at(-1) === 'packages') return seen
  }
}

const DONE = [
  'reopen',
  ncs.UPGRADE_INIT_STARTED,
  ncs.UPGRADE_INIT_SUCCEEDED,
  ncs.UPGRADE_PERFORMED,
  ncs.UPGRADE_COMMITED,
  'packages',
]

describe('a reload of the hub', () => {
  it('puts new, changed and removed event types into effect, and reports each phase', async () => {
    write('types/acme.json', door)
    await start()
    expect(await typeOf('acme/door/*')).toBe('acme.door')
    write('types/acme.json', [
      { ...door, summary: 'A door was opened or closed.' },
      { type: 'acme.window', tags: ['acme/window'] },
    ])
    const report = await admin.request<HubReloadReport>('hub.reload')
    expect(report).toMatchObject({ types: { added: ['acme.window'], changed: ['acme.door'], removed: [] } })
    expect(await phases()).toEqual(DONE)
    expect(await typeOf('acme/window')).toBe('acme.window')
    rmSync(join(folder, 'types/acme.json'))
    expect((await hub.reload()).types.removed).toEqual(['acme.door', 'acme.window'])
    expect(await phases()).toEqual(DONE)
    expect(await typeOf('acme/window')).toBeUndefined()
  })

  it('changes nothing if a file of event types is not valid', async () => {
    write('types/acme.json', door)
    await start()
    write('types/more.json', { type: 'acme.more', tags: ['acme/more'] })
    write('types/other.json', { type: 'acme.other', tags: ['acme/door/*'] })
    await expect(admin.request('hub.reload')).rejects.toMatchObject({ code: 'TCN_TYPE_INVALID' })
    expect(await phases()).toEqual(['reopen', ncs.UPGRADE_INIT_STARTED, ncs.UPGRADE_ABORTED])
    expect(await typeOf('acme/more')).toBeUndefined()
    expect(await typeOf('acme/door/*')).toBe('acme.door')
  })

  it('changes nothing if the configuration is not valid', async () => {
    write('types/acme.json', door)
    await start()
    write('types/acme.json', { type: 'acme.window', tags: ['acme/window'] })
    write('tocsin.yaml', 'no: 1\n')
    await expect(admin.request('hub.reload')).rejects.toMatchObject({ code: 'TCN_CONFIG_INVALID' })
    expect(await phases()).toEqual(['reopen', ncs.UPGRADE_INIT_STARTED, ncs.UPGRADE_ABORTED])
    expect(await typeOf('acme/door/*')).toBe('acme.door')
  })

  it('of the configuration alone reopens no logs, and takes another folder of event types', async () => {
    await start()
    mkdirSync(join(folder, 'others'))
    write('others/acme.json', door)
    write('tocsin.yaml', `types: { folder: ${folder}/others }\nncs: { unix: { path: ${folder}/ipc } }\n`)
    expect(await admin.request('config.reload')).toMatchObject({ applied: ['types.folder'] })
    expect(await typeOf('acme/door/*')).toBe('acme.door')
    await hub.reload()
    expect(await phases()).toEqual(DONE)
  })
})

it('a reload goes back to the event types of before if the configuration cannot be applied', async () => {
  const registry = new TypeRegistry()
  const packages = new TypePackages(registry)
  write('types/acme.json', door)
  await packages.load(join(folder, 'types'))
  write('types/acme.json', { type: 'acme.window', tags: ['acme/window'] })
  const told: unknown[] = []
  const reload = new HubReload({
    packages,
    check: async () => ({ folder: join(folder, 'types') }),
    async configuration() {
      told.push(registry.list().map(({ type }) => type))
      throw new TocsinError('TCN_CONFIG_APPLY')
    },
    progress: new Progress(new FakeRuntime()),
    report: ({ data }) => told.push((data as { phase: string }).phase),
  })
  await expect(reload.run()).rejects.toMatchObject({ code: 'TCN_CONFIG_APPLY' })
  expect(told).toEqual(['init-started', 'init-succeeded', 'performed', ['acme.window'], 'aborted'])
  expect(registry.list().map(({ type }) => type)).toEqual(['acme.door'])
  expect(registry.typeOf('acme/door/1')).toBe('acme.door')
})

it('a hub starts without the event types of a broken file, and says so', async () => {
  write('types/acme.json', '{')
  await start()
  expect(hub.notes).toEqual([expect.stringMatching(/types\/acme\.json.*TCN_TYPE_FILE/)])
})

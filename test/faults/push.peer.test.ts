import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { PushItemInfo } from '../../src/methods/contract/index.js'
import { HubProcess } from '../e2e/hub-process.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { Netconfd } from '../protocols/netconf/netconfd.js'

/** PUSH_KILLS: how often the hub is killed; default 6. */
const kills = Number(process.env.PUSH_KILLS ?? 6)
const NS = 'xmlns="http://netconfcentral.org/ns/toaster"'
const changes = {
  made: `<toaster ${NS}/>`,
  removed: `<toaster ${NS} xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0" nc:operation="delete"/>`,
} as const

let device: Netconfd
let hub: HubProcess | undefined
const folder = temporaryFolder('push-kills')

beforeAll(async () => {
  device = await Netconfd.start()
})
afterAll(async () => {
  await hub?.stop()
  await device?.[Symbol.asyncDispose]()
})

async function start(): Promise<HubProcess> {
  const { port, user, keyFile, hostKey } = device
  const config = JSON.stringify({
    devices: { r1: { push: true } },
    sources: { netconf: [{ name: 'r1', host: '127.0.0.1', port, user, keyFile, hostKey }] },
  })
  hub = await HubProcess.start({ folder, config })
  return hub
}

async function hasToaster(): Promise<boolean> {
  const session = await device.session()
  try {
    const reply = await session.request('all', '<get-config><source><running/></source></get-config>')
    return JSON.stringify(reply.element).includes('"toaster"')
  } finally {
    await session.close()
  }
}

async function itemOf(running: HubProcess, id: number): Promise<PushItemInfo | undefined> {
  const { stdout } = await running.tocsin(['device', 'queue', 'r1', '--json'])
  const items = stdout
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as PushItemInfo)
  return items.find((item) => item.id === id)
}

it('a hub that is killed while it sends says afterwards which configuration the device has', {
  timeout: 60_000 + kills * 60_000,
}, async () => {
  for (const [name, change] of Object.entries(changes)) writeFileSync(join(folder, `${name}.xml`), change)
  for (let nth = 0; nth < kills; nth++) {
    const running = await start()
    const wanted = !(await hasToaster())
    const file = join(folder, `${wanted ? 'made' : 'removed'}.xml`)
    const words = ['device', 'push', 'r1', '--file', file, '--confirm', '10s', '--no-wait', '--json']
    const { stdout, stderr } = await running.tocsin(words)
    expect(stderr).toBe('')
    const { id } = JSON.parse(stdout) as PushItemInfo
    await pause(nth * 80)
    await running.signal('SIGKILL')
    const again = await start()
    await expect
      .poll(async () => (await itemOf(again, id))?.state, { timeout: 50_000, interval: 300 })
      .toMatch(/completed|failed/)
    const item = await itemOf(again, id)
    expect(item?.has).toMatch(/old|new/)
    expect(await hasToaster()).toBe(item?.has === 'new' ? wanted : !wanted)
    await again.stop()
  }
})

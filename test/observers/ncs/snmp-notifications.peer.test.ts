import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { startTestHub, type TestHub } from '../../../src/hub/testing.js'
import * as ncs from '../../../src/protocols/ncs/client/ncs.js'
import * as L from '../../../src/protocols/ncs/constants/library.js'
import { SourceRunner } from '../../../src/sources/runner.js'
import { snmpSource, snmpSourcesConfig } from '../../../src/sources/snmp/index.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'
import { requireTool } from '../../helpers/tools.js'

const run = promisify(execFile)
let folder: string
let hub: TestHub
let source: SourceRunner
beforeEach(() => {
  folder = temporaryFolder('snmpa')
})
afterEach(async () => {
  await source.stop()
  await hub.close()
})

async function start(config: object = {}): Promise<void> {
  const communityFile = join(folder, 'communities')
  writeFileSync(communityFile, 'public\n')
  hub = await startTestHub({ config: { ncs: { unix: { path: join(folder, 'ipc') }, ...config } } })
  const [entry] = snmpSourcesConfig.parse([{ name: 't', udp: '127.0.0.1:0', communityFile }])
  source = new SourceRunner(snmpSource(entry), hub.hub.sourceHost)
  source.start()
}

async function inform(...words: string[]): Promise<void> {
  const port = () => String(source.status().health?.details.listener).split(':').at(-1)
  await expect.poll(port, { timeout: 30_000 }).toMatch(/^\d+$/)
  const env = { ...process.env, MIBS: '' }
  await run(
    requireTool('snmpinform'),
    ['-v', '2c', '-c', 'public', `udp:127.0.0.1:${port()}`, '4711', ...words],
    { env },
  )
}

const linkDown = ['1.3.6.1.6.3.1.1.5.3', '1.3.6.1.2.1.2.2.1.1.7', 'i', '7']

it('what a source receives is SNMPA for who asks for it', async () => {
  await start()
  const sock = ncs.socket(ncs.AF_UNIX)
  await ncs.notificationsConnect(sock, { mask: ncs.NOTIF_SNMPA, path: join(folder, 'ipc') })
  await inform(...linkDown)
  expect(await sock.read()).toEqual({
    type: ncs.NOTIF_SNMPA,
    snmpa: {
      pdu_type: L.SNMPA_PDU_INFORM,
      request_id: expect.any(Number),
      error_status: 0,
      error_index: 0,
      port: expect.any(Number),
      af: ncs.AF_INET,
      ip4: '127.0.0.1',
      vb: [
        { type: L.SNMP_OID, oid: [1, 3, 6, 1, 2, 1, 1, 3, 0], value_type: L.SNMP_TIMETICKS, value: '4711' },
        {
          type: L.SNMP_OID,
          oid: [1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0],
          value_type: L.SNMP_OBJECT_IDENTIFIER,
          value: '1.3.6.1.6.3.1.1.5.3',
        },
        { type: L.SNMP_OID, oid: [1, 3, 6, 1, 2, 1, 2, 2, 1, 1, 7], value_type: L.SNMP_INTEGER, value: '7' },
      ],
    },
  })
  sock.close()
})

it('is in the log while nobody asks only if the configuration keeps it', async () => {
  await start({ keep: ['snmpa'] })
  await inform(...linkDown)
  const client = await hub.connect()
  const events = client.subscribe(['ncs/snmpa/'], { from: 'start' })
  const { value } = await events[Symbol.asyncIterator]().next()
  expect(value).toMatchObject({ tag: 'ncs/snmpa/inform' })
  await client.close()
})

it('costs nothing while nobody asks: the hub reads these events only for subscribers', async () => {
  await start()
  const client = await hub.connect()
  const readers = async () => {
    const { subscribers } = await client.request('subscribers.list', {})
    return subscribers.filter(({ label }) => label === 'ncs').length
  }
  const before = await readers()
  const path = join(folder, 'ipc')
  const connect = async (mask: number) => {
    const sock = ncs.socket(ncs.AF_UNIX)
    await ncs.notificationsConnect(sock, { mask, path })
    return sock
  }
  const [one, two] = [await connect(ncs.NOTIF_SNMPA), await connect(ncs.NOTIF_SNMPA)]
  expect(await readers()).toBe(before + 1)
  one.close()
  two.close()
  await expect.poll(readers, { timeout: 30_000 }).toBe(before)
  const again = await connect(ncs.NOTIF_SNMPA)
  await inform(...linkDown)
  expect(await again.read()).toMatchObject({ type: ncs.NOTIF_SNMPA })
  again.close()
  await client.close()
})

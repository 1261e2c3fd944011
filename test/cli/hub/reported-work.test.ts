import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { reportedWork } from '../../../src/cli/hub/reported-work.js'
import { type Client, connect } from '../../../src/client/index.js'
import { startTestHub, type TestHub } from '../../../src/hub/testing.js'
import * as ncs from '../../../src/protocols/ncs/client/ncs.js'
import { runCommand } from '../../helpers/run-cli.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'

let folder: string
let hub: TestHub
let client: Client
beforeEach(async () => {
  folder = temporaryFolder('reported')
  hub = await startTestHub({
    config: {
      ncs: { unix: { path: join(folder, 'ipc') } },
      principals: { plain: { see: '*', publish: '*' } },
    },
  })
  client = await hub.connect()
})
afterEach(async () => {
  await client.close()
  await hub.close()
})

async function listen(): Promise<ncs.NotificationSocket> {
  const sock = ncs.socket(ncs.AF_UNIX)
  await ncs.notificationsConnect(sock, { mask: ncs.NOTIF_PROGRESS, path: join(folder, 'ipc') })
  return sock
}

async function stepOf(sock: ncs.NotificationSocket) {
  const n = await sock.read()
  if (n.type !== ncs.NOTIF_PROGRESS) throw new Error(`${n.type}`)
  return n.progress
}

async function spansInLog(): Promise<number> {
  let count = 0
  for await (const _ of client.read('ncs/progress', { from: 'start' }).events()) count++
  return count
}

it('import, export and backup are spans while somebody reads PROGRESS', async () => {
  const file = join(folder, 'events.ndjson')
  writeFileSync(file, '{"specversion":"1.0","id":"1","source":"s","type":"t","subject":"in/1","data":1}\n')
  const sock = await listen()
  const commands = [
    ['import', file],
    ['export', 'in/', '--output', join(folder, 'out.ndjson')],
    ['backup', join(folder, 'backup')],
  ]
  for (const words of commands) {
    const { code, stderr } = await runCommand([...words, '--url', hub.address])
    expect({ code, stderr }).toMatchObject({ code: 0 })
    const start = await stepOf(sock)
    expect(start).toMatchObject({
      type: ncs.PROGRESS_START,
      subsystem: 'program',
      msg: words[0],
      usid: expect.any(Number),
      attributes: [{ name: 'principal', type: ncs.PROGRESS_ATTRIBUTE_STRING, string: 'admin' }],
    })
    expect(await stepOf(sock)).toMatchObject({
      type: ncs.PROGRESS_STOP,
      span_id: start.span_id,
      trace_id: start.trace_id,
      duration: expect.any(Number),
    })
  }
  sock.close()
})

it('work is a part of what TRACEPARENT names, and tells how it has failed', async () => {
  const sock = await listen()
  const env = { TRACEPARENT: `00-${TRACE}-${SPAN}-01` }
  const fails = async () => {
    throw Object.assign(new Error('no'), { code: 'TCN_USAGE' })
  }
  await expect(reportedWork({ env }, client, 'import', fails)).rejects.toThrow('no')
  const start = await stepOf(sock)
  expect(start).toMatchObject({ trace_id: TRACE, parent_span_id: SPAN })
  expect(await stepOf(sock)).toMatchObject({
    type: ncs.PROGRESS_STOP,
    span_id: start.span_id,
    parent_span_id: SPAN,
    annotation: 'TCN_USAGE',
  })
  sock.close()
})

it('work is done without a span if nobody reads it, the principal may not produce it, or the hub is older', async () => {
  const work = (by: Pick<Client, 'request'>) => reportedWork({ env: {} }, by, 'import', async () => 7)
  expect(await work(client)).toBe(7)
  const older = { request: () => Promise.reject(new Error('there is no method')) }
  const { token } = await client.request('tokens.add', { name: 'plain' })
  const plain = await connect({ address: hub.address, token })
  const sock = await listen()
  expect(await work(older)).toBe(7)
  expect(await work(plain)).toBe(7)
  expect(await spansInLog()).toBe(0)
  expect(await work(client)).toBe(7)
  expect(await spansInLog()).toBe(2)
  await plain.close()
  sock.close()
})

it('ids that are none are refused', async () => {
  const params = { state: 'start', name: 'x', span: 'here' } as const
  await expect(client.request('ncs.progress', params)).rejects.toMatchObject({ code: 'TCN_METHOD_PARAMS' })
})

import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { connect } from '../../src/client/index.js'
import { startTestHub } from '../../src/hub/testing.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

it('a test hub is reached at its address, starts empty, and leaves nothing behind', async () => {
  const hub = await startTestHub()
  const client = await connect(hub.address)
  for await (const event of client.read().events()) throw new Error(`${event.tag} is in it`)
  await client.publish('a', 1)
  expect(hub.bus.log.last).toBe(1)
  const path = hub.address.replace('unix:', '')
  expect(statSync(path).isSocket()).toBe(true)
  await hub.close()
  expect(existsSync(dirname(path))).toBe(false)
  await client.close()
})

it('a test hub acknowledges durable unless it is asked to be in memory', async () => {
  await using hub = await startTestHub()
  await using client = await hub.connect()
  expect(await client.publish('a', 1, { ack: 'durable' })).toMatchObject({ cursor: expect.any(String) })
  await using memory = await startTestHub({ config: { log: { engine: 'memory' } } })
  await using other = await memory.connect()
  await expect(other.publish('a', 1, { ack: 'durable' })).rejects.toMatchObject({
    code: 'TCN_LOG_NOT_DURABLE',
  })
})

it('test hubs are independent of each other', async () => {
  await using one = await startTestHub()
  await using other = await startTestHub()
  await (await one.connect()).publish('a', 1)
  expect(one.bus.log.last).toBe(1)
  expect(other.bus.log.last).toBe(0)
})

it('a test hub with a data folder keeps the events for the next one', async () => {
  const data = temporaryFolder('data')
  const first = await startTestHub({ data })
  const client = await first.connect()
  await client.publish('a', 1, { ack: 'durable' })
  await client.close()
  await first.close()
  const second = await startTestHub({ data })
  const reader = await second.connect()
  const tags: string[] = []
  for await (const event of reader.read('a').events()) tags.push(event.tag)
  expect(tags).toEqual(['a'])
  await reader.close()
  await second.close()
})

it('a test hub follows the rules of its configuration from its first event on', async () => {
  const fire = { tag: `alert/\${data.host}` }
  await using hub = await startTestHub({ config: { rules: { full: { filter: 'disk/', fire } } } })
  await using client = await hub.connect()
  await client.publish('disk/full', { host: 'web1' })
  await using alerts = client.subscribe('alert/', { from: 'start' })
  for await (const { tag } of alerts.events()) {
    expect(tag).toBe('alert/web1')
    break
  }
})

it('a test hub accepts a configuration and a principal with fewer rights', async () => {
  await using hub = await startTestHub({
    config: { principals: { low: { publish: ['a/'], see: '*', source: 'low' } } },
    principal: 'low',
  })
  const client = await hub.connect()
  await expect(client.publish('b', 1)).rejects.toMatchObject({ code: 'TCN_ACCESS_DENIED' })
  await expect(client.request('hub.status')).rejects.toMatchObject({ code: 'TCN_ACCESS_DENIED' })
})

it('a test hub that cannot start leaves nothing behind', async () => {
  const folder = temporaryFolder('testing')
  vi.stubEnv('TMPDIR', folder)
  onTestFinished(() => void vi.unstubAllEnvs())
  await expect(startTestHub({ config: { log: { engine: 'none' as never } } })).rejects.toThrow('engine')
  await expect(startTestHub({ data: '/proc/none' })).rejects.toThrow()
  expect(readdirSync(folder)).toEqual([])
})

it('a socket in use is an error, and leaves the other hub running', async () => {
  await using hub = await startTestHub()
  const socket = hub.address.replace('unix:', '')
  await expect(startTestHub({ socket })).rejects.toMatchObject({ code: 'TCN_SOCKET_IN_USE' })
  await (await hub.connect()).close()
})

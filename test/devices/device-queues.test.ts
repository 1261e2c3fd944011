import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { DeviceQueues } from '../../src/devices/device-queues.js'
import { keyOfItem, type PushItem, readItem } from '../../src/devices/item.js'
import { LongWork } from '../../src/incremental/long-work.js'
import { PushObservers } from '../../src/observers/push.js'
import { capability } from '../../src/protocols/netconf/codec/hello.js'
import { childOf, xmlText } from '../../src/protocols/netconf/codec/xml.js'
import { netconfSourcesConfig } from '../../src/sources/netconf/config.js'
import { type Bucket, openMemoryState } from '../../src/state/index.js'
import { realRuntime } from '../helpers/real-runtime.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { ScriptedDevice } from '../protocols/netconf/scripted-device.js'
import { SshDevice } from '../protocols/netconf/ssh-device.js'

/** Short pauses take a fiftieth of their time. What waits for the device does not. */
const runtime = {
  ...realRuntime,
  after: (ms: number, run: () => void) => realRuntime.after(ms <= 5_000 ? ms / 50 : ms, run),
}
const CHANGE = '<a xmlns="urn:a"><password>hidden</password></a>'
const LOCKED =
  '<rpc-error><error-tag>lock-denied</error-tag><error-severity>error</error-severity></rpc-error>'
const principal = { name: 'ops', source: 'ops' }

let device: ScriptedDevice
let server: SshDevice
let streams: Duplex[]
let bucket: Bucket
let queues: DeviceQueues
let states: string[]
let isPrimary: boolean
let isFull: boolean
let thrown: Error | undefined

beforeEach(async () => {
  device = new ScriptedDevice()
  device.capabilities.push(capability.candidate, capability.confirmedCommit11)
  const has = { running: '', candidate: '' }
  device.answerTo = (operation) => {
    const { name } = operation
    if (name === 'edit-config')
      has.candidate = (childOf(operation, 'config')?.children ?? []).map((each) => xmlText(each)).join('')
    if (name === 'commit') has.running = has.candidate
    if (name !== 'get-config') return undefined
    const isRunning = childOf(childOf(operation, 'source'), 'running') !== undefined
    return `<data>${isRunning ? has.running : has.candidate}</data>`
  }
  streams = []
  server = new SshDevice({
    serve: (stream) => {
      streams.push(stream)
      device.serve(stream)
    },
  })
  await server.listen()
  const passwordFile = join(temporaryFolder('queues'), 'password')
  writeFileSync(passwordFile, 'secret\n')
  const netconf = netconfSourcesConfig.parse([
    {
      ...{ name: 'r1', host: '127.0.0.1', port: server.port, timeout: '25s' },
      ...{ user: 'admin', passwordFile, hostKey: server.fingerprint },
    },
  ])
  bucket = openMemoryState({ runtime }).bucket('pushes')
  states = []
  isPrimary = true
  isFull = false
  thrown = undefined
  queues = new DeviceQueues(
    {
      ...{ runtime, bucket, longWork: new LongWork(runtime), observers: new PushObservers() },
      get isPrimary() {
        return isPrimary
      },
      publish: ({ tag }) => {
        if (thrown !== undefined) throw thrown
        return !isFull && states.push(tag) > 0
      },
    },
    { devices: { r1: { push: true, secrets: [] } }, sources: { netconf } },
  )
  await queues.start()
})
afterEach(async () => {
  await queues.stop()
  server.close()
})

const add = () => queues.add({ device: 'r1', change: CHANGE, confirm: 60, principal, usid: 1 })
const ended = (item: PushItem) => queues.ended(item, new AbortController().signal)
const names = () => device.requests.map(({ name }) => name)

async function stored(item: PushItem): Promise<PushItem | undefined> {
  const entry = await bucket.get(keyOfItem(item))
  return entry && readItem(entry.value)
}

function gate(): { isOpen: Promise<void>; open(): void } {
  let open = () => {}
  const isOpen = new Promise<void>((resolve) => {
    open = resolve
  })
  return { isOpen, open }
}

/** Does something before an item is written, by whichever hub. */
function beforeWrites(wait: (item: PushItem) => Promise<void>): void {
  const write = bucket.compareAndSet.bind(bucket)
  bucket.compareAndSet = async (key, value, revision) => {
    await wait(readItem(value))
    return write(key, value, revision)
  }
}

it('a change that is over is kept without its text', async () => {
  const item = await add()
  expect(await ended(item)).toMatchObject({ state: 'completed', has: 'new', change: '' })
  const kept = await stored(item)
  expect(kept).toMatchObject({ state: 'completed', change: '' })
  expect(JSON.stringify(kept)).not.toContain('hidden')
  expect(kept).not.toHaveProperty('before')
})

it('who waits for a change that is over or deleted is answered at once, and not once it is too late', async () => {
  const item = await add()
  await ended(item)
  expect(await ended(item)).toMatchObject({ state: 'completed' })
  await expect.poll(() => queues.prune('r1')).toHaveLength(1)
  expect(await ended(item)).toMatchObject({ state: 'failed', reason: 'it was deleted' })
  isPrimary = false
  const reason = new Error('the caller has gone')
  await expect(queues.ended(await add(), AbortSignal.abort(reason))).rejects.toBe(reason)
})

it('while the log accepts nothing, the last state of each change waits', async () => {
  isFull = true
  await ended(await add())
  await ended(await add())
  expect(states).toEqual([])
  isFull = false
  await expect.poll(() => states).toEqual(['hub/push/r1/completed', 'hub/push/r1/completed'])
  await ended(await add())
  expect(states.slice(2)).toEqual(expect.arrayContaining(['hub/push/r1/waiting', 'hub/push/r1/completed']))
})

it('a state that cannot be published changes nothing in the change, nor for those that wait for it', async () => {
  thrown = new Error('it cannot be an event')
  expect(await ended(await add())).toMatchObject({ state: 'completed', has: 'new' })
  expect(queues.list('r1')).toHaveLength(1)
})

it('who waits for a change hears nothing of one of another device with the same number', async () => {
  isPrimary = false
  const item = await add()
  const over = ended(item)
  const other: PushItem = { ...item, device: 'r2', state: 'failed', reason: 'not this one' }
  await bucket.put(keyOfItem(other), Buffer.from(JSON.stringify(other)))
  await expect.poll(() => queues.list('r2')).toHaveLength(1)
  await queues.prune('r1')
  expect(await over).toMatchObject({ device: 'r1', reason: 'it was deleted' })
})

it('the running configuration is locked too where others may write it', async () => {
  device.capabilities.push(capability.writableRunning)
  const item = await add()
  expect(await ended(item)).toMatchObject({ state: 'completed' })
  await expect.poll(names).toContain('close-session')
  const locks = device.requests.filter(({ name }) => name.endsWith('lock'))
  expect(locks.map(({ name, children: [target] }) => `${name} ${target.children[0].name}`)).toEqual([
    ...['lock candidate', 'lock running', 'unlock running', 'unlock candidate'],
  ])
})

it('a state that cannot be written for some time holds up a change, and no more', async () => {
  let puts = 0
  beforeWrites(async () => {
    puts++
    if (puts > 1 && puts < 5) throw new Error('the disk is full')
  })
  expect(await ended(await add())).toMatchObject({ state: 'completed', has: 'new' })
})

it('a change that is being sent is not deleted', async () => {
  const held = gate()
  let puts = 0
  beforeWrites(async () => {
    if (++puts === 2) await held.isOpen
  })
  const item = await add()
  await expect.poll(() => puts).toBe(2)
  expect(queues.list('r1')).toMatchObject([{ state: 'waiting' }])
  expect(await queues.prune('r1')).toEqual([])
  const over = ended(item)
  held.open()
  expect(await over).toMatchObject({ state: 'completed' })
})

it('a change that is being deleted is not sent', async () => {
  isPrimary = false
  const item = await add()
  const remove = bucket.delete.bind(bucket)
  const held = gate()
  bucket.delete = async (key) => {
    await held.isOpen
    return remove(key)
  }
  const pruned = queues.prune('r1')
  isPrimary = true
  queues.configure({})
  const other = await add()
  expect(await ended(other)).toMatchObject({ state: 'completed' })
  held.open()
  expect(await pruned).toMatchObject([{ id: item.id }])
  expect(names().filter((name) => name === 'edit-config')).toHaveLength(1)
})

it('a change that another hub has deleted is gone, and those that wait for it hear of it', async () => {
  device.answers.set('lock', LOCKED)
  const item = await add()
  await expect.poll(() => queues.list('r1')[0]?.state).toBe('locked')
  const over = ended(item)
  // It is deleted between two attempts.
  await expect
    .poll(async () => {
      if (queues.list('r1')[0]?.state === 'locked') await bucket.delete(keyOfItem(item))
      return queues.list('r1')
    })
    .toEqual([])
  expect(await over).toMatchObject({ state: 'failed', reason: 'it was deleted' })
  const attempts = names().filter((name) => name === 'lock').length
  expect(await ended(await unlocked())).toMatchObject({ state: 'completed' })
  expect(names().filter((name) => name === 'lock')).toHaveLength(attempts + 1)
  expect(await stored(item)).toBeUndefined()
})

async function secondHub(): Promise<DeviceQueues> {
  const host = {
    ...{ runtime, bucket, isPrimary: false, publish: () => true },
    observers: new PushObservers(),
  }
  const second = new DeviceQueues(
    { ...host, longWork: new LongWork(runtime) },
    { devices: {}, sources: { netconf: [] } },
  )
  await second.start()
  return second
}

const isDeletion = ({ reason }: PushItem) => reason === 'it was deleted'

it('a change that another hub deletes just before this one sends it is not sent', async () => {
  const held = gate()
  const second = await secondHub()
  let writes = 0
  beforeWrites(async (item) => {
    if (!isDeletion(item) && ++writes === 2) await held.isOpen
  })
  const item = await add()
  const over = ended(item)
  await expect.poll(() => [writes, second.list('r1').length]).toEqual([2, 1])
  expect(await second.prune('r1')).toMatchObject([{ id: item.id }])
  held.open()
  expect(await over).toMatchObject({ state: 'failed', reason: 'it was deleted' })
  await second.stop()
  expect(await ended(await add())).toMatchObject({ state: 'completed' })
  expect(names().filter((name) => name === 'edit-config')).toHaveLength(1)
  expect(await stored(item)).toBeUndefined()
})

it('a change that another hub deletes just after this one has begun to send it is sent, and not deleted', async () => {
  const [held, deleting] = [gate(), gate()]
  const second = await secondHub()
  let writes = 0
  beforeWrites(async (item) => {
    if (isDeletion(item)) {
      deleting.open()
      await held.isOpen
    } else if (++writes === 2) await deleting.isOpen
    else if (writes === 3) held.open()
  })
  const item = await add()
  const over = ended(item)
  await expect.poll(() => second.list('r1').length).toBe(1)
  expect(await second.prune('r1')).toEqual([])
  expect(await over).toMatchObject({ state: 'completed', has: 'new' })
  await expect.poll(() => second.list('r1')).toMatchObject([{ state: 'completed' }])
  await second.stop()
})

it('a hub that was the primary and still sends does not write over what the new one has written', async () => {
  device.answers.set('lock', LOCKED)
  const item = await add()
  await expect.poll(() => queues.list('r1')[0]?.state).toBe('locked')
  const entry = await bucket.get(keyOfItem(item))
  if (entry === undefined) throw new Error('the change is not stored')
  const other: PushItem = { ...readItem(entry.value), state: 'completed', change: '', attempts: 70 }
  await bucket.put(entry.key, Buffer.from(JSON.stringify(other)))
  await expect.poll(() => queues.list('r1')).toMatchObject([{ state: 'completed', attempts: 70 }])
  expect(await stored(item)).toMatchObject({ state: 'completed', attempts: 70 })
})

it('a hub that was the primary loses a change that the new one has taken over while it is sent', async () => {
  const locked = gate()
  beforeWrites(async (item) => {
    if (item.step !== 'lock') return
    isPrimary = false
    const entry = await bucket.get(keyOfItem(item))
    if (entry === undefined) throw new Error('the change is not stored')
    await bucket.put(entry.key, Buffer.from(JSON.stringify({ ...item, step: 'commit', attempts: 70 })))
    locked.open()
  })
  const item = await add()
  await locked.isOpen
  await expect.poll(() => names().at(-1)).toBe('close-session')
  await queues.stop()
  expect(await stored(item)).toMatchObject({ state: 'executing', step: 'commit', attempts: 70 })
})

function unlocked(): Promise<PushItem> {
  device.answers.delete('lock')
  return add()
}

it('changes that are added at the same time are counted together', async () => {
  isPrimary = false
  const added = await Promise.allSettled(Array.from({ length: 102 }, add))
  expect(added.filter(({ status }) => status === 'fulfilled')).toHaveLength(100)
})

it('changes of many bytes are refused before all memory is full of them', async () => {
  isPrimary = false
  const change = `<a>${'€'.repeat(250_000)}</a>`
  const bytes = Buffer.byteLength(change)
  const addLong = () => queues.add({ device: 'r1', change, confirm: 60, principal, usid: 1 })
  let waiting = 0
  for (; (waiting + 1) * bytes <= 32 * 1024 * 1024; waiting++) await addLong()
  await expect(addLong()).rejects.toMatchObject({ code: 'TCN_DEVICES_PUSH' })
  await queues.prune('r1', queues.list('r1')[0].id)
  await addLong()
})

it('an entry that makes no sense is reported as damaged, and nothing else is concerned', async () => {
  await bucket.put('r1/x', Buffer.from('{'))
  expect([...bucket.damaged.keys()]).toEqual(['r1/x'])
  expect(await ended(await add())).toMatchObject({ state: 'completed' })
})

it('a stop ends the session with a device that does not answer', async () => {
  device.answers.set('lock', '')
  const item = await add()
  await expect.poll(names).toContain('lock')
  const closed = once(streams[0], 'close')
  await queues.stop()
  await closed
  expect(await stored(item)).toMatchObject({ state: 'executing', step: 'lock' })
})

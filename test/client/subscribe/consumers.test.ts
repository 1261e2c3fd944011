import { afterEach, describe, expect, it } from 'vitest'
import type { Client, ConnectOptions } from '../../../src/client/index.js'
import { startTestHub, type TestHub, type TestHubOptions } from '../../../src/hub/testing.js'
import { temporaryFolder } from '../../helpers/temporary-folder.js'

let hub: TestHub

async function start(options: TestHubOptions = {}, connecting: ConnectOptions = {}): Promise<Client> {
  hub = await startTestHub(options)
  return await hub.connect(connecting)
}

async function fill(client: Client, count: number, tag = 'n'): Promise<void> {
  await client.publishBatch(upTo(count).map((data) => ({ tag, data })))
}

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n)

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((go) => setTimeout(go, 1))
}

afterEach(() => hub.close())

describe('durable consumers', () => {
  it('share the events of a name, and resume where they stopped', async () => {
    const client = await start({ data: temporaryFolder('data') })
    const first = client.subscribe('n', { consumer: 'work', from: 'start' })
    const second = client.subscribe('n', { consumer: 'work', from: 'start' })
    await fill(client, 200)
    const seen: number[] = []
    const work = async (subscription: typeof first) => {
      for await (const event of subscription.events()) {
        seen.push(event.data as number)
        subscription.ack(event)
        if (seen.length >= 200) break
      }
    }
    void work(first).catch(() => {})
    void work(second).catch(() => {})
    await until(() => seen.length >= 200)
    expect([...seen].sort((a, b) => a - b)).toEqual(upTo(200))
    await first.close()
    await second.close()
    await fill(client, 3)
    const third = client.subscribe('n', { consumer: 'work' })
    const rest: number[] = []
    for await (const event of third.events()) {
      rest.push(event.data as number)
      third.ack([event])
      if (rest.length === 3) break
    }
    // An event may have been on its way to the second subscription when it closed.
    expect(rest.sort()).toEqual([0, 1, 2])
  })

  it('receive events that they return again, marked as redelivered', async () => {
    const client = await start({ data: temporaryFolder('data') })
    const subscription = client.subscribe('n', { consumer: 'work', from: 'start' })
    await fill(client, 1)
    const seen: boolean[] = []
    for await (const event of subscription.events()) {
      seen.push(event.redelivered)
      subscription.ack(event, seen.length < 3 ? 'retry' : 'done', { delay: 1 })
      if (seen.length === 3) break
    }
    expect(seen).toEqual([false, true, true])
  })
})

describe('gates', () => {
  it('hold a publisher until every subscriber of the gate has answered', async () => {
    const client = await start()
    const subscription = client.subscribe('change', { gates: ['commit'] })
    await subscription.ready()
    const answering = (async () => {
      for await (const item of subscription) {
        if (item.status !== 'gate') continue
        subscription.gateDone(item, { vote: 'yes' })
        break
      }
    })()
    const { cursor, gate } = await client.publish('change', { x: 1 }, { gate: 'commit', deadline: 5000 })
    expect(cursor).toBe(`${client.welcome.epoch}-1`)
    expect(gate?.missing).toEqual([])
    expect(gate?.answers).toMatchObject([{ answer: { vote: 'yes' } }])
    await answering
  })

  it('open at once without subscribers, and name subscribers that left', async () => {
    const client = await start()
    const alone = await client.publish('change', 1, { gate: 'commit' })
    expect(alone.gate).toEqual({ answers: [], missing: [] })
    const subscription = client.subscribe('change', { gates: ['commit'] })
    await subscription.ready()
    const waiting = client.publish('change', 2, { gate: 'commit' })
    await until(() => hub.bus.log.last === 2)
    await subscription.close()
    expect((await waiting).gate?.missing).toMatchObject([{ reason: 'left' }])
  })
})

import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { type Client, connect } from '../../src/client/index.js'
import { HubProcess } from '../e2e/hub-process.js'
import { NatsServer } from '../helpers/nats-server.js'
import { repeats } from '../helpers/repeats.js'
import { Receiver } from '../sinks/receiver.js'
import { until } from './cluster-tools.js'

/** How often the hub stands still. */
const rounds = repeats(1, 20)
const TTL_MS = 5000
/** Longer than the lease of a hub, which is somewhat shorter than its time to live. */
const STILL_MS = TTL_MS + 500
const EVERY_MS = 1
/** The member settles so many events at once, so that mostly events wake its hub up. */
const SETTLED = 50

let server: NatsServer
afterEach(() => server?.stop())

function startHub(name: string, sinks: object = {}): Promise<HubProcess> {
  const nats = { servers: [`nats://${server.address}`] }
  const cluster = { name, ttl: `${TTL_MS}ms` }
  return HubProcess.start({ config: JSON.stringify({ log: { engine: 'jetstream' }, nats, cluster, sinks }) })
}

/** What reaches a member of the durable consumer, by places. */
class Member {
  readonly taken = new Set<number>()
  readonly gaps: { from: number; to: number }[] = []

  constructor(client: Client) {
    const subscription = client.subscribe('n/', { consumer: 'work', from: 'start' })
    const open: Parameters<typeof subscription.ack>[0][] = []
    void (async () => {
      for await (const item of subscription) {
        if (item.status === 'gap') this.gaps.push({ from: item.from, to: item.to })
        if (item.status !== undefined) continue
        const event = item.detach()
        this.taken.add(event.seq)
        if (open.push(event) >= SETTLED) for (const each of open.splice(0)) subscription.ack(each)
      }
    })().catch(() => undefined)
  }

  has(place: number): boolean {
    return this.taken.has(place) || this.gaps.some(({ from, to }) => from <= place && place <= to)
  }
}

/** Lets a process stand still, often in the middle of its work: it then reads before it looks at its timers. */
async function standStill(pid: number): Promise<void> {
  for (let looks = 0; looks < 20_000 && !/\) R /.test(readFileSync(`/proc/${pid}/stat`, 'latin1')); looks++);
  process.kill(pid, 'SIGSTOP')
  await sleep(STILL_MS)
  process.kill(pid, 'SIGCONT')
}

test('a durable consumer and a sink lose nothing when their hub stands still for longer than its lease', {
  timeout: 120_000 + rounds * 60_000,
}, async () => {
  server = await NatsServer.start()
  await using receiver = await Receiver.start()
  const hook = { type: 'webhook', mode: 'batch', url: receiver.url, filter: 'n/', from: 'start' }
  // The first hub is the primary: events go on while the second one stands still.
  await using other = await startHub('other')
  await using serving = await startHub('one', { hook })
  await using client = await connect({ address: serving.socket })
  await using publisher = await connect({ address: other.socket })
  const member = new Member(client)
  let isOver = false
  const publishing = (async () => {
    for (let n = 1; !isOver; n++) {
      await publisher.publish(`n/${n}`, n, { ack: 'accepted' })
      await sleep(EVERY_MS)
    }
    await publisher.publish('n/last', 0, { ack: 'durable' })
  })()
  for (let round = 0; round < rounds; round++) {
    const [taken, got] = [member.taken.size, receiver.got.length]
    await until(() => member.taken.size > taken + 100 && receiver.got.length > got, 'both are served')
    await standStill(serving.pid)
  }
  isOver = true
  await publishing
  const stored = new Map<number, string>()
  for await (const { seq, tag } of publisher.read('n/').events()) stored.set(seq, tag)
  const last = Math.max(...stored.keys())
  await until(() => member.has(last), 'the member has the newest event')
  const { parked } = await publisher.request('parked.list', { limit: 1000 })
  const isParked = new Set(parked.map(({ consumer, tag }) => `${consumer} ${tag}`))
  const missing = [...stored].filter(([seq, tag]) => !member.has(seq) && !isParked.has(`work ${tag}`))
  expect(missing).toEqual([])
  await until(
    () => receiver.got.some(({ body }) => body.includes('"n/last"')),
    'the sink has the newest event',
  )
  const delivered = new Set(receiver.subjects)
  expect([...stored.values()].filter((tag) => !delivered.has(tag))).toEqual([])
  console.log(`standstill: ${stored.size} events, ${member.gaps.length} gaps, ${parked.length} parked`)
})

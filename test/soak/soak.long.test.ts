import { beforeAll, expect, test } from 'vitest'
import { trendOf } from '../../bench/harness/flat.js'
import { Inspector } from '../../bench/harness/inspector.js'
import { anonymousKilobytes, openDescriptors, threadsOf } from '../../bench/harness/process-facts.js'
import { freePort } from '../../bench/sides/network.js'
import { type Client, connect } from '../../src/client/index.js'
import type { SinkInfo, SourceInfo } from '../../src/methods/contract/index.js'
import { HubProcess } from '../e2e/hub-process.js'
import { repeats } from '../helpers/repeats.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import type { Receiver } from '../sinks/receiver.js'
import { FED, Kinds } from './kinds.js'
import { type Sent, Traffic } from './traffic.js'

/** How long it runs at least. */
const SECONDS = repeats(20, 1800)
/** A shorter run shows that everything is delivered; growth is seen after the warm-up only. */
const ENOUGH_SECONDS = 300
const TURNS = 20
/** Turns in which the ring of the log fills and code is compiled. */
const WARM_UP = 8
/** Segments of the log, and files of the sink, are opened and closed. */
const FILES_TOLERANCE = 8

/** Connections to receivers are kept for a while. */
const SOCKETS_TOLERANCE = 4

/** What the hub has at rest, without garbage. */
interface Rest {
  anonymous: number
  heap: number
  sockets: number
  others: number
  threads: number
}

let folder: string
beforeAll(() => {
  folder = temporaryFolder('soak')
})

test(
  'a hub with every kind of source, sink and rule delivers everything, and grows in nothing',
  async () => {
    await using kinds = await Kinds.start(folder)
    const receiver = kinds.hook
    const port = await freePort()
    await using hub = await HubProcess.start({
      folder,
      config: JSON.stringify(kinds.config),
      env: { NODE_OPTIONS: `--inspect=127.0.0.1:${port}` },
      sources: true,
    })
    await using client = await connect({ address: hub.socket })
    const inspector = await Inspector.open(port)
    const traffic = new Traffic(folder)
    const turns: Rest[] = []
    for (const end = performance.now() + SECONDS * 1000; performance.now() < end; ) {
      kinds.forget()
      failOnce(receiver)
      const over = new AbortController()
      const sending = kinds.send(over.signal)
      let sent: Sent
      try {
        sent = await traffic.run(Math.ceil(SECONDS / TURNS))
        // What a source that was not up yet has missed is sent again until then, and its file stays in its place.
        await expectHeard(client)
        traffic.rotate()
      } finally {
        over.abort()
      }
      await sending
      await expectDelivered(client, receiver, sent)
      turns.push(await atRest(hub.pid, inspector))
      console.log(JSON.stringify(turns.at(-1)))
    }
    inspector.close()
    if (SECONDS >= ENOUGH_SECONDS) expectFlat(turns)
    else console.log(`soak: growth is judged from ${ENOUGH_SECONDS} s on`)
  },
  SECONDS * 2_000 + 600_000,
)

/** The first request of a turn is refused for now, so that each turn has a pause and a repetition. */
function failOnce(receiver: Receiver): void {
  receiver.answer = (_, response) => {
    receiver.answer = 204
    response.writeHead(503).end()
  }
}

async function expectDelivered(
  client: Client,
  receiver: Receiver,
  { messages, alarms }: Sent,
): Promise<void> {
  await expect.poll(() => missing(messages, receiver, 'syslog/net/'), { timeout: 120_000 }).toEqual([])
  await expect.poll(() => missing(alarms, receiver, 'alert/'), { timeout: 120_000 }).toEqual([])
  const waiting = async () => {
    const { sinks } = await client.request<{ sinks: SinkInfo[] }>('sinks.list')
    return sinks.map(({ name, lagEvents, parkedEvents }) => ({ name, lagEvents, parkedEvents }))
  }
  const isWaiting = async () => (await waiting()).filter((each) => each.lagEvents + each.parkedEvents > 0)
  await expect.poll(isWaiting, { timeout: 120_000 }).toEqual([])
}

async function expectHeard(client: Client): Promise<void> {
  const heard = async () => {
    const { sources } = await client.request<{ sources: SourceInfo[] }>('sources.list')
    return sources.filter(({ state, events }) => state === 'up' && events > 0).map(({ name }) => name)
  }
  await expect.poll(heard, { timeout: 120_000 }).toEqual(expect.arrayContaining(FED))
}

/** Returns the numbers for which no event with such a tag has come. */
function missing(numbers: readonly number[], { got }: Receiver, tag: string): number[] {
  const found = got
    .filter(({ body }) => JSON.parse(body).subject.startsWith(tag))
    .map(({ body }) => Number(/number=(\d+)/.exec(body)?.[1]))
  const seen = new Set(found)
  return numbers.filter((number) => !seen.has(number))
}

async function atRest(pid: number, inspector: Inspector): Promise<Rest> {
  await inspector.collectGarbage()
  await inspector.collectGarbage()
  const { heapUsed } = await inspector.heap()
  const threads = threadsOf(pid)
  return { anonymous: anonymousKilobytes(pid), heap: heapUsed, ...openDescriptors(pid), threads }
}

function expectFlat(turns: readonly Rest[]): void {
  expect(
    trendOf(
      turns.map(({ heap }) => heap),
      WARM_UP,
    ),
  ).toMatchObject({ flat: true })
  expect(
    trendOf(
      turns.map(({ anonymous }) => anonymous),
      WARM_UP,
    ),
  ).toMatchObject({ flat: true })
  const [first, last] = [turns[WARM_UP], turns[turns.length - 1]]
  expect(last.sockets).toBeLessThanOrEqual(first.sockets + SOCKETS_TOLERANCE)
  expect(last.threads).toBeLessThanOrEqual(first.threads)
  expect(last.others).toBeLessThanOrEqual(first.others + FILES_TOLERANCE)
}

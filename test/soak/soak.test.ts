import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { trendOf } from '../../bench/harness/flat.js'
import { Inspector } from '../../bench/harness/inspector.js'
import { anonymousKilobytes, openDescriptors } from '../../bench/harness/process-facts.js'
import { freePort } from '../../bench/sides/network.js'
import { type Client, connect } from '../../src/client/index.js'
import type { SinkInfo } from '../../src/methods/contract/index.js'
import { HubProcess } from '../e2e/hub-process.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { Receiver } from '../sinks/receiver.js'
import { type Sent, Traffic } from './traffic.js'

/** How long it runs at least. */
const SECONDS = Number(process.env.SOAK_SECONDS)
const TURNS = 20
/** Turns in which the ring of the log fills and code is compiled. */
const WARM_UP = 8
/** Segments of the log, and files of the sink, are opened and closed. */
const FILES_TOLERANCE = 8

/** What the hub has at rest, without garbage. */
interface Rest {
  anonymous: number
  heap: number
  sockets: number
  others: number
}

let folder: string
beforeAll(() => {
  folder = temporaryFolder('soak')
})

test(
  'a hub with sources, sinks and a rule delivers everything, and grows in neither memory nor descriptors',
  async () => {
    await using receiver = await Receiver.start()
    const port = await freePort()
    await using hub = await HubProcess.start({
      folder,
      config: configOf(receiver.url),
      env: { NODE_OPTIONS: `--inspect=127.0.0.1:${port}` },
      sources: true,
    })
    await using client = await connect({ address: hub.socket })
    const inspector = await Inspector.open(port)
    const traffic = new Traffic(folder)
    const turns: Rest[] = []
    for (const end = performance.now() + SECONDS * 1000; performance.now() < end; ) {
      receiver.got.length = 0
      failOnce(receiver)
      await expectDelivered(client, receiver, await traffic.run(Math.ceil(SECONDS / TURNS)))
      turns.push(await atRest(hub.pid, inspector))
      console.log(JSON.stringify(turns.at(-1)))
    }
    inspector.close()
    expectFlat(turns)
  },
  SECONDS * 1000 + 300_000,
)

function configOf(hook: string): string {
  const at = (name: string) => join(folder, name)
  return `
log: { ring: 2MiB, retention: { bytes: 16MiB }, segment: { bytes: 1MiB } }
sources:
  syslog: [{ name: net, unix: ${at('syslog.sock')} }]
  files: [{ name: app, lines: [${at('app.log')}], from: start }]
  exec: [{ name: tick, command: [seq, "20"], every: 1s }]
sinks:
  archive: { type: file, path: ${at('archive.ndjson')}, filter: host/, rotate: { size: 1MiB, keep: 2 } }
  hook: { type: webhook, url: "${hook}", filter: [syslog/net/, alert/] }
rules:
  alarm:
    filter: syslog/net/web1/alarm
    atMost: { count: 1000000 }
    fire: { tag: alert/web1, data: { message: "\${data.message}" } }
`
}

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
  const nothing = ['archive', 'hook'].map((name) => ({ name, lagEvents: 0, parkedEvents: 0 }))
  await expect.poll(waiting, { timeout: 120_000 }).toEqual(nothing)
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
  return { anonymous: anonymousKilobytes(pid), heap: heapUsed, ...openDescriptors(pid) }
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
  expect(last.sockets).toBeLessThanOrEqual(first.sockets)
  expect(last.others).toBeLessThanOrEqual(first.others + FILES_TOLERANCE)
}

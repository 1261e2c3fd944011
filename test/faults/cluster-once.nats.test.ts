import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { requireTool } from '../helpers/tools.js'
import { freePorts } from '../hub/live-hub.js'
import {
  bodiesIn,
  type Cluster,
  lastIn,
  newCluster,
  type RunningHub,
  range,
  stateOf,
  until,
  withClient,
} from './cluster-tools.js'
import { SyslogSender, WrittenFile } from './once-producers.js'

/** Longer than a lease of 6 s. */
const STANDSTILL_MS = 9000
const PATIENCE = { timeout: 240_000 }
/** Writes its process id and a number until it is ended, or nobody reads it. */
const COUNT =
  'let n = 0; setInterval(() => console.log(process.pid + "/" + ++n), 10); process.stdout.on("error", process.exit)'

const FILTERS = {
  files: 'host/*/files/app/line',
  syslog: 'syslog/app/',
  exec: 'host/*/exec/app/line',
}

let cluster: Cluster
let file: WrittenFile
let sender: SyslogSender

beforeAll(async () => {
  requireTool('current nats-server')
  const ports = await freePorts(3)
  file = new WrittenFile()
  sender = new SyslogSender(ports)
  // All hubs of this test are on one machine, where only one of them can listen to a port.
  cluster = newCluster({ settings: (hub) => ({ sources: sourcesAt(ports[hub]) }) })
  await cluster.start()
  file.start()
  sender.start()
})
beforeEach(() => produces())
afterAll(async () => {
  await Promise.all([file?.stop(), sender?.stop()])
  await cluster?.stop()
})

function sourcesAt(port: number): object {
  return {
    system: { enabled: false },
    files: [{ name: 'app', lines: [file.path], from: 'start', once: true }],
    syslog: [{ name: 'app', tcp: `127.0.0.1:${port}`, zone: 'UTC', once: true }],
    exec: [{ name: 'app', command: [process.execPath, '-e', COUNT], once: true }],
  }
}

interface Numbered {
  /** The connection or the process; 0 for the file. */
  from: number
  number: number
}

/** What a hub has of each source, in order. */
async function storedIn(hub: RunningHub) {
  const [files, syslog, exec] = await Promise.all([
    bodiesIn(hub, FILTERS.files),
    bodiesIn(hub, FILTERS.syslog),
    bodiesIn(hub, FILTERS.exec),
  ])
  return {
    files: files.map((data) => numbered(`0/${(data as { line: string }).line.slice('line '.length)}`)),
    syslog: syslog.map((data) => numbered((data as { message: string }).message)),
    exec: exec.map((data) => numbered((data as { line: string }).line)),
  }
}

function numbered(text: string): Numbered {
  const [from, number] = text.split('/').map(Number)
  return { from, number }
}

function others(hub: RunningHub): RunningHub[] {
  return cluster.hubs.filter((each) => each !== hub)
}

/** Resolves when more of each source is stored, as a hub that runs none of them sees it. */
async function produces(hub = cluster.hubs[0]): Promise<void> {
  const before = await lastIn(hub)
  for (const [name, filter] of Object.entries(FILTERS)) {
    const isMore = async () => (await bodiesIn(hub, filter, before)).length > 20
    await until(isMore, `${name} has published more`)
  }
}

/** Each connection and each process has its beginning, once and in order. The file is whole up to some line. */
function expectBeginnings(stored: readonly Numbered[]): void {
  for (const from of new Set(stored.map((each) => each.from))) {
    const numbers = stored.filter((each) => each.from === from).map(({ number }) => number)
    expect(numbers).toEqual(range(numbers.length))
  }
}

async function expectPromised(): Promise<void> {
  const seen = await Promise.all(cluster.hubs.map(storedIn))
  for (const { files, syslog, exec } of seen)
    for (const stored of [files, syslog, exec]) expectBeginnings(stored)
  // Nothing of the file is missing, and of what was sent over a connection only the end.
  const target = file.written
  for (const hub of cluster.hubs)
    await until(async () => (await bodiesIn(hub, FILTERS.files)).length >= target, 'each line is published')
}

function sourcesOf(hub: RunningHub): Promise<string[]> {
  return withClient(hub, async (client) => {
    const { sources } = await client.request('sources.list', {})
    return sources.map(({ state }: { state: string }) => state)
  })
}

const isGone = (pid: number) => {
  try {
    return !process.kill(pid, 0)
  } catch {
    return true
  }
}

async function primary(): Promise<RunningHub> {
  return until(() => cluster.primary(), 'a hub is the primary')
}

test(
  'sources that run once go on at another hub when theirs is killed, without loss or repeats',
  PATIENCE,
  async () => {
    const killed = await primary()
    await killed.kill('SIGKILL')
    const [other] = others(killed)
    await until(async () => (await cluster.primary()) !== killed, 'another hub is the primary')
    await produces(other)
    await cluster.startHub(killed)
    await produces(killed)
    expect(await sourcesOf(killed)).toEqual(['standby', 'standby', 'standby'])
    await expectPromised()
  },
)

test(
  'a hub that stood still longer than its lease runs them no more, and adds nothing out of order',
  PATIENCE,
  async () => {
    const still = await primary()
    const [other] = others(still)
    const before = (await storedIn(other)).exec.at(-1)!.from
    still.suspend()
    try {
      await new Promise((resolve) => setTimeout(resolve, STANDSTILL_MS))
      // Its kernel still takes what it cannot read.
      sender.leave()
      await produces(other)
      expect(await cluster.primary()).not.toBe(still)
    } finally {
      still.resume()
    }
    await until(async () => (await stateOf(still)).primary !== still.name, 'it knows that another hub leads')
    await until(
      async () => (await sourcesOf(still)).every((state) => state === 'standby'),
      'its sources stand by',
    )
    await until(() => isGone(before), 'its command is ended')
    await produces(still)
    await expectPromised()
  },
)

test(
  'what was sent over a connection that was ended in order is stored to the last message',
  PATIENCE,
  async () => {
    await sender.stop()
    const { sent } = sender
    const last = sent.length
    for (const hub of cluster.hubs)
      await until(async () => {
        const { syslog } = await storedIn(hub)
        return syslog.filter(({ from }) => from === last).length === sent[last - 1]
      }, 'everything of the last connection is stored')
  },
)

import { expect, onTestFinished } from 'vitest'
// @ts-expect-error a script without types
import * as processes from '../../scripts/cluster/processes.mjs'
// @ts-expect-error a script without types
import * as firings from '../../scripts/cluster/traffic.mjs'
import { type Client, connect } from '../../src/client/index.js'

/** A process that can be killed and started again. */
export interface RunningProgram {
  name: string
  isRunning: boolean
  kill(signal?: NodeJS.Signals): Promise<void>
  start(): Promise<void>
  suspend(): void
  resume(): void
}

export interface RunningHub extends RunningProgram {
  socket: string
}

/** NATS servers and three hubs on this machine. */
export interface Cluster {
  /** Where the hubs will be, known before they start. */
  sockets: string[]
  servers: RunningProgram[]
  hubs: RunningHub[]
  start(): Promise<void>
  stop(): Promise<void>
  primary(): Promise<RunningHub | undefined>
  /** The NATS server that leads the stream. */
  leader(): Promise<RunningProgram | undefined>
  startHub(hub: RunningHub, program?: string): Promise<void>
  limitStore(maxStore: string): Promise<void>
  ask(what: string): Promise<unknown>
}

interface ClusterOptions {
  through?: (addresses: string[]) => Promise<string[]>
  routesThrough?: (addresses: string[]) => Promise<string[][]>
  maxStore?: string
  program?: string
  settings?: (hub: number) => object
  /** Number of NATS servers, which all store each event; default: 3. */
  replicas?: number
}

export const newCluster = (options?: ClusterOptions): Cluster => new processes.LocalCluster(options)

export const until: <Found>(look: () => Found | Promise<Found>, what: string) => Promise<NonNullable<Found>> =
  processes.until

/** Events that are fired through every hub all the time. */
export interface Traffic {
  byHub: Record<string, number>
  refused: { hub: string; n: number; code: string }[]
  suspensions: { hub: string; reason: string }[]
  stop(): Promise<void>
  check(hubs: readonly RunningHub[]): Promise<object>
}

let runs = 0

/** Resolves when events are stored through each hub, until the end of the test. */
export async function firing(hubs: readonly RunningHub[]): Promise<Traffic> {
  const traffic = new firings.Traffic(hubs, `run${++runs}`)
  onTestFinished(() => traffic.stop())
  await flows(traffic, hubs)
  return traffic
}

/** Resolves when each of the hubs has stored more. */
export async function flows(traffic: Traffic, hubs: readonly RunningHub[]): Promise<void> {
  const before = traffic.byHub
  const isMore = ({ name }: RunningHub) => traffic.byHub[name] > before[name] + 20
  await until(() => hubs.every(isMore), 'events are stored again')
}

/** Stops the traffic. Nothing acknowledged is lost, nothing is there twice, and each hub has the same order. */
export async function expectWhole(traffic: Traffic, hubs: readonly RunningHub[]): Promise<void> {
  await flows(traffic, hubs)
  await traffic.stop()
  expect(await traffic.check(hubs)).toMatchObject({ lost: 0, twice: 0, inOrder: true, sameOnEachHub: true })
}

/** What a hub says of itself: its part in the cluster, and the epoch of its log. */
export function stateOf(hub: RunningHub) {
  return withClient(hub, async (client) => {
    const { cluster: part } = await client.request('hub.status', {})
    const { epoch } = await client.request('log.info', {})
    return { fault: part?.fault, primary: part?.primary, nodes: part?.nodes ?? [], epoch }
  })
}

export function statesOf(hubs: readonly RunningHub[]): Promise<Awaited<ReturnType<typeof stateOf>>[]> {
  return Promise.all(hubs.map(stateOf))
}

/** Resolves when each hub says that it cannot store events. */
export function isTold(hubs: readonly RunningHub[]): Promise<unknown> {
  const isFaulty = async () => (await statesOf(hubs)).every(({ fault }) => fault?.includes('TCN_'))
  return until(isFaulty, 'each hub says that it cannot store events')
}

/** The last event in the log of a hub, as a position to read from. */
export function lastIn(hub: RunningHub): Promise<string> {
  return withClient(hub, async (client) => `@${(await client.request('log.info', {})).last}`)
}

/** The bodies of the events that a hub reads from the log. */
export function bodiesIn(hub: RunningHub, filter: string, from = 'start'): Promise<unknown[]> {
  return withClient(hub, async (client) => {
    const bodies: unknown[] = []
    for await (const { data } of client.read(filter, { from }).events()) bodies.push(data)
    return bodies
  })
}

export async function withClient<Result>(
  { socket }: RunningHub,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = await connect({ address: socket })
  try {
    return await work(client)
  } finally {
    await client.close()
  }
}

export function range(count: number): number[] {
  return Array.from({ length: count }, (_, at) => at + 1)
}

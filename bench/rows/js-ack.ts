import { loadavg } from 'node:os'
import { alternate, type Bench } from '../harness/bench.js'
import type { Child } from '../harness/child.js'
import { pause } from '../harness/clock.js'
import { cpuMicros } from '../harness/process-facts.js'
import type { Benchmark, Figures } from '../harness/row.js'
import { compact, median, pairedRatio, spread } from '../harness/statistics.js'
import type { PublisherCounts, PublisherOptions } from '../roles/publisher.js'
import type { StreamRelayOptions } from '../roles/stream-relay.js'
import { startClusterHubs } from '../sides/cluster-hubs.js'
import { STREAM } from '../sides/nats-ends.js'
import type { NatsServers } from '../sides/nats-servers.js'
import type { RunningSide, SideName } from '../sides/side.js'

/** Events that wait for their acknowledgement. */
const WINDOW = 1000
/** The first seconds of all processes but NATS. */
const COLD = 5
const WARM_UP = 0.3

type Size = 1 | 3

interface Round {
  /** Acknowledged events per second. */
  events: number
  /** Processor time per event of each part, µs. */
  cpu: Record<string, number>
}

/** Processes between a publisher and the servers of NATS. */
interface Middle {
  side: SideName
  address: string
  pids: number[]
  stop(): Promise<void>
}

/** Publishes with acknowledgements through one of as many hubs as there are servers of NATS, or without hubs. */
export const jsAck: Benchmark[] = [benchmarkOf(1), benchmarkOf(3)]

function benchmarkOf(size: Size): Benchmark {
  const name = `js-ack-${size}`
  const common = { unit: 'events/s', judge: 'ratio-at-least', must: 0.7, aim: 1 } as const
  const log = size === 1 ? 'one server' : 'three servers and hubs, R3'
  const what = `each event acknowledged as durable by a hub, 1000 waiting, log in JetStream, ${log}; peer a relay that stores the same CloudEvents in place of each hub`
  return {
    rows: [
      { name, what, ...common },
      { name: `${name}-cold`, what: `the same, the first ${COLD} s of hub and publisher`, ...common },
    ],
    needs: ['nats-server'],
    run: (bench) => run(bench, size, name),
  }
}

async function run(bench: Bench, size: Size, name: string): Promise<Record<string, Figures>> {
  const servers = await bench.natsServers(size)
  const starts = [() => startHubs(bench, servers, size), () => startRelays(bench, servers, size)]
  const kinds = [...starts, async () => startBare(servers)]
  const cold = await alternate(
    bench.quick ? 2 : bench.rounds,
    kinds.map((start) => () => coldRound(bench, servers, start)),
  )
  const middles = await Promise.all(kinds.map((start) => start()))
  const publishers = await Promise.all(middles.map((middle) => startPublisher(bench, middle)))
  const length = bench.quick ? 2 : 5
  const measure = (at: number, seconds: number) => round(publishers[at], middles[at], servers, seconds)
  for (const at of middles.keys()) await measure(at, COLD)
  const warm = await alternate(
    bench.rounds,
    middles.map((_, at) => () => measure(at, length)),
  )
  return { [name]: figuresOf(warm), [`${name}-cold`]: figuresOf(cold) }
}

async function coldRound(bench: Bench, servers: NatsServers, start: () => Promise<Middle>): Promise<Round> {
  const middle = await start()
  const publisher = await startPublisher(bench, middle)
  const result = await round(publisher, middle, servers, COLD, 0)
  await publisher.stop()
  await middle.stop()
  return result
}

async function round(
  publisher: Child,
  { pids }: Middle,
  servers: NatsServers,
  length: number,
  warmUp = WARM_UP,
): Promise<Round> {
  const used = () =>
    Object.entries({ publisher: [publisher.pid], hubs: pids, nats: servers.pids }).map(
      ([part, all]): [string, number] => [part, all.reduce((sum, pid) => sum + cpuMicros(pid), 0)],
    )
  await publisher.call('durably')
  await pause(warmUp)
  const [before, usedBefore] = [await publisher.call<PublisherCounts>('counts'), used()]
  await pause(length)
  const [after, usedAfter] = [await publisher.call<PublisherCounts>('counts'), used()]
  await publisher.call('halt')
  const count = after.acknowledged - before.acknowledged
  const cpu = usedAfter.map(([part, micros], at) => [part, (micros - usedBefore[at][1]) / count])
  return { events: (count * 1e6) / (after.at - before.at), cpu: Object.fromEntries(cpu) }
}

function startPublisher(bench: Bench, { side, address }: Middle): Promise<Child> {
  const options: PublisherOptions = { side, address, progress: bench.socketPath(), window: WINDOW }
  return bench.child('publisher', options)
}

async function startHubs(bench: Bench, servers: NatsServers, size: Size): Promise<Middle> {
  const hubs = await startClusterHubs(bench, servers, 'TOCSIN', { count: size, replicas: size })
  return { ...together(hubs), side: 'tocsin', address: hubs[0].address }
}

async function startRelays(bench: Bench, servers: NatsServers, size: Size): Promise<Middle> {
  const sockets = Array.from({ length: size }, () => bench.socketPath())
  const start = (socket: string) => {
    const options: StreamRelayOptions = { servers: servers.address.split(','), stream: STREAM, socket }
    return bench.child('stream-relay', options)
  }
  return {
    ...together(await Promise.all(sockets.map(start))),
    side: 'jetstream-relayed',
    address: sockets[0],
  }
}

function startBare({ address }: NatsServers): Middle {
  return { ...together([]), side: 'jetstream-inbox', address: address.split(',')[0] }
}

function together(processes: readonly Pick<RunningSide, 'pid' | 'stop'>[]): Pick<Middle, 'pids' | 'stop'> {
  return {
    pids: processes.map(({ pid }) => pid),
    stop: async () => void (await Promise.all(processes.map((each) => each.stop()))),
  }
}

function figuresOf([ours, relayed, bare]: Round[][]): Figures {
  const [our, relays, alone] = [ours, relayed, bare].map((rounds) => rounds.map(({ events }) => events))
  const notes = [
    noteOf('through the hub', ours),
    noteOf('through the relay', relayed),
    noteOf('bare', bare),
    `against bare, without processes in place of the hubs: ${pairedRatio(our, alone).toFixed(2)} ×; the relay ${pairedRatio(relays, alone).toFixed(2)} ×; load ${loadavg()[0].toFixed(1)}`,
  ]
  return { value: median(our), peer: median(relays), ratio: pairedRatio(our, relays), notes }
}

function noteOf(name: string, rounds: readonly Round[]): string {
  const cpu = Object.keys(rounds[0].cpu).map(
    (part) => `${part} ${compact(median(rounds.map((each) => each.cpu[part])))}`,
  )
  return `${name}: ${spread(rounds.map(({ events }) => events))}; µs an event: ${cpu.join(', ')}`
}

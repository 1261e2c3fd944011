import { loadavg } from 'node:os'
import { type Client, connect } from '../../src/client/index.js'
import { alternate, type Bench } from '../harness/bench.js'
import { micros, pause, until } from '../harness/clock.js'
import type { Benchmark, Figures } from '../harness/row.js'
import { median } from '../harness/statistics.js'
import { startClusterHubs } from '../sides/cluster-hubs.js'
import type { NatsServers } from '../sides/nats-servers.js'
import type { RunningSide } from '../sides/side.js'

/** Between an acknowledgement and the next event, s. */
const PAUSE = 0.002
/** Before the signal, until the code of the hubs is compiled, s. */
const WARM_UP = 3
/** The publisher has an acknowledgement at least this long after the signal, ms. */
const AFTERWARDS_MS = 300
const HUBS = 3

const common = { unit: 'ms', judge: 'value-at-most' } as const
const what = 'the longest time without acknowledgement for a publisher at another hub, log of R3, after'

/** Ways in which a hub ceases to be the primary, given the hub. */
const ways = {
  'js-hand-over': async ({ pid }: RunningSide) => void process.kill(pid, 'SIGTERM'),
  'js-step-down': async ({ address }: RunningSide) => {
    const client = await connect({ address })
    await client.request('cluster.stepDown', {})
    await client.close()
  },
  'js-failover': async ({ pid }: RunningSide) => void process.kill(pid, 'SIGKILL'),
}

/** Ends the lead of one of three hubs, each time of hubs that have just started. */
export const jsSuccession: Benchmark = {
  rows: [
    { name: 'js-hand-over', what: `${what} SIGTERM to the primary`, ...common, must: 500, aim: 100 },
    {
      name: 'js-step-down',
      what: `${what} a request to the primary to step down`,
      ...common,
      must: 500,
      aim: 100,
    },
    { name: 'js-failover', what: `${what} SIGKILL to the primary`, ...common, must: 4000, aim: 2000 },
  ],
  needs: ['nats-server'],
  async run(bench) {
    const servers = await bench.natsServers(HUBS)
    const measured = await alternate(
      bench.rounds,
      Object.values(ways).map((end) => () => succession(bench, servers, end)),
    )
    return Object.fromEntries(Object.keys(ways).map((name, at) => [name, figuresOf(measured[at])]))
  },
}

/** Returns the longest time without acknowledgement, ms. */
async function succession(
  bench: Bench,
  servers: NatsServers,
  end: (primary: RunningSide) => Promise<void>,
): Promise<number> {
  const hubs = await startClusterHubs(bench, servers, 'TOCSIN', { count: HUBS, replicas: HUBS, ttl: '6s' })
  const client = await connect({ address: hubs[1].address, producer: `bench-${hubs[1].pid}` })
  const publisher = new Publisher(client)
  await pause(WARM_UP)
  const began = micros()
  await end(hubs[0])
  await until('events are acknowledged again', () => publisher.last > began + AFTERWARDS_MS * 1000)
  await publisher.stop()
  await Promise.all(hubs.map((hub) => hub.stop()))
  return publisher.longestFrom(began) / 1000
}

/** Publishes one event after another. */
class Publisher {
  /** Times of acknowledgements, µs. */
  readonly #times: number[] = []
  readonly #client: Client
  readonly #done: Promise<void>
  #isOver = false

  constructor(client: Client) {
    this.#client = client
    this.#done = this.#run()
  }

  get last(): number {
    return this.#times.at(-1) ?? 0
  }

  longestFrom(start: number): number {
    const gaps = this.#times.slice(1).map((time, at) => (time > start ? time - this.#times[at] : 0))
    return Math.max(...gaps)
  }

  async stop(): Promise<void> {
    this.#isOver = true
    await this.#done
    await this.#client.close()
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      await this.#client.publish('bench/succession', {}, { ack: 'durable' })
      this.#times.push(micros())
      await pause(PAUSE)
    }
  }
}

function figuresOf(rounds: number[]): Figures {
  const notes = [`rounds: ${rounds.map(Math.round).join(', ')} ms; load ${loadavg()[0].toFixed(1)}`]
  return { value: median(rounds), notes }
}

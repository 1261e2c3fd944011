import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { until } from '../harness/clock.js'
import { createStream, spawnNats } from './nats-server.js'

/** Servers of NATS, current ones, in which both sides of a row have a stream. */
export interface NatsServers {
  /** Their addresses, with commas between them. */
  address: string
  pids: number[]
  stop(): Promise<void>
}

/** The stream of the bare side has a replica at each. */
export async function startNatsServers(folder: string, count: 1 | 3): Promise<NatsServers> {
  const program = await currentProgram()
  const routes = await freePorts(count)
  const servers = await Promise.all(
    routes.map((_, at) =>
      spawnNats(join(folder, `n${at}`), {
        program,
        withJetStream: true,
        lines: count === 1 ? [] : clusterLines(at, routes),
      }),
    ),
  )
  const address = servers.map((server) => server.address).join(',')
  await until('the servers of NATS have a leader', () =>
    createStream(address, count).then(
      () => true,
      () => false,
    ),
  )
  return {
    address,
    pids: servers.map(({ pid }) => pid),
    stop: async () => void (await Promise.all(servers.map((server) => server.stop()))),
  }
}

/** One whose replicas of a stream stay equal. */
async function currentProgram(): Promise<string> {
  const script = new URL('../../../../scripts/cluster/nats-server.mjs', import.meta.url)
  return (await import(script.href)).requireNatsServer()
}

function clusterLines(at: number, routes: readonly number[]): string[] {
  const others = routes.filter((_, other) => other !== at).map((port) => `nats://127.0.0.1:${port}`)
  return [
    `server_name: n${at}`,
    `cluster { name: bench, listen: "127.0.0.1:${routes[at]}", no_advertise: true, routes: [${others.join(', ')}] }`,
  ]
}

async function freePorts(count: number): Promise<number[]> {
  const holders = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(holders.map((holder) => once(holder, 'listening')))
  const ports = holders.map((holder) => (holder.address() as AddressInfo).port)
  await Promise.all(holders.map((holder) => new Promise((resolve) => holder.close(resolve))))
  return ports
}

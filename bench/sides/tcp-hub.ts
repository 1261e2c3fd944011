import type { ConnectOptions } from '../../src/client/index.js'
import type { Bench } from '../harness/bench.js'
import { until } from '../harness/clock.js'
import { answers, freePort, newToken } from './network.js'
import type { RunningSide } from './side.js'

/**
 * Starts the built hub with the native protocol over TCP. The address of the side contains everything a client needs.
 */
export async function startTcpHub(bench: Bench): Promise<RunningSide> {
  const port = await freePort()
  const hub = await bench.hub(`listen: { tcp: '127.0.0.1:${port}' }\n`)
  await until('the hub listens', () => answers(port))
  const address = { address: `tcp://127.0.0.1:${port}`, token: await newToken(hub.address) }
  return { name: 'tocsin-tcp', pid: hub.pid, address: JSON.stringify(address), stop: () => hub.stop() }
}

export function tcpAddress(address: string): ConnectOptions {
  return JSON.parse(address)
}

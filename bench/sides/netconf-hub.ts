import type { Bench } from '../harness/bench.js'
import { until } from '../harness/clock.js'
import { FILTER } from '../harness/sample-event.js'
import { STREAM } from './netconf-ends.js'
import { answers, freePort, newToken } from './network.js'
import type { RunningSide } from './side.js'
import type { WebAddress } from './web-address.js'

/** Starts the built hub with its NETCONF face. Events are published over its unix socket. */
export async function startNetconfHub(bench: Bench): Promise<RunningSide> {
  const port = await freePort()
  const streams = JSON.stringify([{ name: STREAM, filter: FILTER }])
  const hub = await bench.hub(`listen: { netconf: '127.0.0.1:${port}' }\nstreams: ${streams}\n`)
  await until('the hub listens', () => answers(port))
  const address: WebAddress = { socket: hub.address, port, token: await newToken(hub.address) }
  return { name: 'tocsin-netconf', pid: hub.pid, address: JSON.stringify(address), stop: () => hub.stop() }
}

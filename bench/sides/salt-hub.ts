import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Bench } from '../harness/bench.js'
import { until } from '../harness/clock.js'
import { answers } from './network.js'
import type { RunningSide } from './side.js'

/** Starts the built hub with the sockets of a Salt master; the address of the side is their folder. */
export async function startSaltHub(bench: Bench): Promise<RunningSide> {
  const sockDir = `${bench.socketPath()}.d`
  mkdirSync(sockDir)
  const hub = await bench.hub(`salt: [{ bus: bench, sockDir: ${JSON.stringify(sockDir)} }]\n`)
  await until('the bus listens', () => answers(join(sockDir, 'master_event_pull.ipc')))
  return { name: 'salt', pid: hub.pid, address: sockDir, stop: () => hub.stop() }
}

/** Starts the built hub, for events as raw bytes over its unix socket. */
export async function startRawHub(bench: Bench): Promise<RunningSide> {
  return { ...(await bench.hub()), name: 'tocsin-raw' }
}

import type { Bench } from '../harness/bench.js'
import { freePort } from './network.js'
import type { RunningSide } from './side.js'

export async function startWsServer(bench: Bench): Promise<RunningSide> {
  const port = await freePort()
  const server = await bench.child('ws-server', { port })
  return { name: 'ws', pid: server.pid, address: String(port), stop: () => server.stop() }
}

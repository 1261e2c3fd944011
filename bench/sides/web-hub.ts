import { createServer } from 'node:net'
import { connect } from '../../src/client/index.js'
import type { Bench } from '../harness/bench.js'
import { until } from '../harness/clock.js'
import type { RunningSide, SideName } from './side.js'

/** Where the web side of a hub is reached, packed into the address of a side. */
export interface WebAddress {
  socket: string
  port: number
  token: string
}

/** The built hub with its HTTP face, published to over its unix socket. */
export async function startWebHub(bench: Bench, name: SideName): Promise<RunningSide> {
  const port = await freePort()
  const hub = await bench.hub(
    `listen: { http: '127.0.0.1:${port}' }\nlimits: { http: { connections: 20000 } }\n`,
  )
  const client = await connect({ address: hub.address })
  const made = (await client.request('tokens.add', { name: 'bench', rights: '*' })) as { token: string }
  await client.close()
  await until('the hub speaks HTTP', () =>
    fetch(`http://127.0.0.1:${port}/healthz`).then(isFine, () => false),
  )
  const address: WebAddress = { socket: hub.address, port, token: made.token }
  return { name, pid: hub.pid, address: JSON.stringify(address), stop: () => hub.stop() }
}

export function webAddress(address: string): WebAddress {
  return JSON.parse(address)
}

const isFine = ({ ok }: Response): boolean => ok

/** Nobody else is expected to take it in the moment between. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

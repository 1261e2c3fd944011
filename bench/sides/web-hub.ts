import type { Bench } from '../harness/bench.js'
import { until } from '../harness/clock.js'
import { writeCertificate } from './certificate.js'
import { answers, freePort, newToken } from './network.js'
import type { RunningSide, SideName } from './side.js'
import type { WebAddress } from './web-address.js'

/** Starts the built hub with its HTTP face. Events are published over its unix socket. */
export async function startWebHub(bench: Bench, name: SideName, more = ''): Promise<RunningSide> {
  const port = await freePort()
  const hub = await bench.hub(
    `listen: { http: '127.0.0.1:${port}' }\nlimits: { http: { connections: 20000 } }\n${more}\n`,
  )
  const token = await newToken(hub.address)
  await until('the hub speaks HTTP', () =>
    fetch(`http://127.0.0.1:${port}/healthz`).then(isFine, () => false),
  )
  return sideOf(hub, name, { socket: hub.address, port, token })
}

/** The same with TLS. */
export async function startSecureWebHub(bench: Bench): Promise<RunningSide> {
  const port = await freePort()
  const { certificate, key } = await writeCertificate(bench.folder())
  const hub = await bench.hub(
    `listen:\n  http: { address: '127.0.0.1:${port}', tls: true }\n` +
      `  tls: { certificate: '${certificate}', key: '${key}' }\n`,
  )
  const token = await newToken(hub.address)
  await until('the hub listens', () => answers(port))
  return sideOf(hub, 'tocsin-wss', { socket: hub.address, port, token, tls: true })
}

function sideOf(hub: RunningSide, name: SideName, address: WebAddress): RunningSide {
  return { name, pid: hub.pid, address: JSON.stringify(address), stop: () => hub.stop() }
}

const isFine = ({ ok }: Response): boolean => ok

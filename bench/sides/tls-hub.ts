import type { Bench } from '../harness/bench.js'
import { until } from '../harness/clock.js'
import { writeCertificate } from './certificate.js'
import { answers, freePort, newToken } from './network.js'

export interface TlsAddress {
  port: number
  token: string
  /** Certificate of the hub, which is its own authority. */
  ca: string
}

/** Starts the built hub with the native protocol over TLS, and a certificate like that of `tocsin tls init`. */
export async function startTlsHub(bench: Bench): Promise<{ pid: number; address: TlsAddress }> {
  const { certificate, key, ca } = await writeCertificate(bench.folder())
  const port = await freePort()
  const hub = await bench.hub(
    `listen:\n  tcp: { address: '127.0.0.1:${port}', tls: true }\n` +
      `  tls: { certificate: '${certificate}', key: '${key}' }\n`,
  )
  await until('the hub listens', () => answers(port))
  return { pid: hub.pid, address: { port, token: await newToken(hub.address), ca } }
}

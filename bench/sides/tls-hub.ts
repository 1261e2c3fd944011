import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeCertificate } from '../../src/faces/shared/make-certificate.js'
import type { Bench } from '../harness/bench.js'
import { until } from '../harness/clock.js'
import { answers, freePort, newToken } from './network.js'

export interface TlsAddress {
  port: number
  token: string
  /** Certificate of the hub, which is its own authority. */
  ca: string
}

/** Starts the built hub with the native protocol over TLS, and a certificate like that of `tocsin tls init`. */
export async function startTlsHub(bench: Bench): Promise<{ pid: number; address: TlsAddress }> {
  const folder = bench.folder()
  mkdirSync(folder, { recursive: true })
  const made = await makeCertificate(['localhost'], 1)
  const [certificate, key] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')]
  writeFileSync(certificate, made.certificate)
  writeFileSync(key, made.key, { mode: 0o600 })
  const port = await freePort()
  const hub = await bench.hub(
    `listen:\n  tcp: { address: '127.0.0.1:${port}', tls: true }\n` +
      `  tls: { certificate: '${certificate}', key: '${key}' }\n`,
  )
  await until('the hub listens', () => answers(port))
  return { pid: hub.pid, address: { port, token: await newToken(hub.address), ca: made.certificate } }
}

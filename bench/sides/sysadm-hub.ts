import { connect } from '../../src/client/index.js'
import type { Bench } from '../harness/bench.js'
import { until } from '../harness/clock.js'
import { writeCertificate } from './certificate.js'
import { answers, freePort, newToken } from './network.js'

export const SYSADM_USER = { username: 'ops', password: 'correct horse' }

export interface SysadmHub {
  pid: number
  /** Path of its unix socket. */
  socket: string
  /** Port of SysAdm. */
  port: number
  /** Port of HTTP with TLS, and a token for it. */
  web: number
  token: string
}

/** Starts the built hub with the face of SysAdm and with HTTP over TLS, which use the same certificate. */
export async function startSysadmHub(bench: Bench): Promise<SysadmHub> {
  const { certificate, key } = await writeCertificate(bench.folder())
  const [port, web] = [await freePort(), await freePort()]
  const hub = await bench.hub(
    [
      `listen:`,
      `  http: { address: '127.0.0.1:${web}', tls: true }`,
      `  tls: { certificate: '${certificate}', key: '${key}' }`,
      `sysadm: { listen: '127.0.0.1:${port}', tls: { cert: '${certificate}', key: '${key}' } }`,
      `limits: { http: { connections: 20000 } }`,
      `jobs: { programs: '*' }`,
      `principals: { ops: { see: '*', sysadm: full } }`,
      ``,
    ].join('\n'),
  )
  await until('the hub listens', async () => (await answers(port)) && (await answers(web)))
  const client = await connect({ address: hub.address })
  await client.request('passwords.set', { principal: 'ops', password: SYSADM_USER.password })
  await client.close()
  return { pid: hub.pid, socket: hub.address, port, web, token: await newToken(hub.address) }
}

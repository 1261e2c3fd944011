import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeCertificate } from '../../src/faces/shared/make-certificate.js'
import { openHttp, openTcp } from '../helpers/open-face.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import type { EdgeHub } from './fixture.js'

/** The ways in which an edge hub can reach its core. */
export const TRANSPORTS = ['unix', 'tcp', 'tls', 'ws', 'wss'] as const
export type Transport = (typeof TRANSPORTS)[number]

export interface Way {
  servers: string[]
  tokenFile?: string
  tls?: { ca: string }
}

const EVERYTHING = { publish: '*', produce: '*' }

/** Makes a hub listen. Resolves with the keys of an upstream that leads there. */
export async function wayTo(core: EdgeHub, transport: Transport, rights: object = EVERYTHING): Promise<Way> {
  if (transport === 'unix') return { servers: [core.hub.address] }
  const folder = temporaryFolder('way')
  const params = { name: 'edge1', rights }
  const { token } = await core.client.request<{ token: string }>('tokens.add', params)
  const tokenFile = join(folder, 'token')
  writeFileSync(tokenFile, token)
  if (transport === 'tcp') return { tokenFile, servers: [await openTcp(core.hub)] }
  if (transport === 'ws') return { tokenFile, servers: [webSocket(await openHttp(core.hub))] }
  const { certificate, key } = await makeCertificate(['localhost', '127.0.0.1'], 2)
  const ca = join(folder, 'ca.pem')
  writeFileSync(ca, certificate)
  const secure = { cert: certificate, key }
  const server =
    transport === 'tls' ? await openTcp(core.hub, 0, secure) : webSocket(await openHttp(core.hub, 0, secure))
  return { tokenFile, tls: { ca }, servers: [server] }
}

function webSocket(address: string): string {
  return address.replace('http', 'ws')
}

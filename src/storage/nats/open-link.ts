import { readConfigured } from '../../config/secret-file.js'
import { messageOf } from '../../errors/thrown.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import type { Runtime } from '../../event/runtime.js'
import type { NatsConfig } from './config.js'
import { type LinkOptions, NatsLink } from './link.js'
import { toNatsError } from './nats-error.js'
import { NatsFault } from './nats-fault.js'
import { complaintOf } from './server-complaint.js'
import { identityCheck } from './server-identity.js'

/** Connects to NATS. Tests of whole systems put a model of its servers here. */
export type OpenLink = (config: NatsConfig, runtime: Runtime) => Promise<NatsLink>

/**
 * Connects as the section `nats` says. Throws TCN_NATS_UNREACHABLE or TCN_NATS_LOGIN, or TCN_FILE_UNREADABLE for a file
 * that it names.
 */
export async function openNatsLink(config: NatsConfig, runtime: Runtime): Promise<NatsLink> {
  const options = { servers: config.servers, tls: await tlsOf(config), ...(await loginOf(config)) }
  try {
    return await NatsLink.open({ runtime, ...options })
  } catch (thrown) {
    throw toNatsError(await explained(thrown, config, runtime))
  }
}

/** A server that turns connections away says why, where the library only says that it has waited. */
async function explained(thrown: unknown, { servers }: NatsConfig, runtime: Runtime): Promise<unknown> {
  if (!NatsFault.is(thrown) || thrown.library !== 'TimeoutError') return thrown
  const complaints = await Promise.all(servers.map((server) => complaintOf(server, runtime)))
  const complaint = complaints.find((each) => each !== undefined)
  return complaint === undefined ? thrown : new NatsFault('unreachable', complaint, { cause: thrown })
}

async function loginOf({
  user,
  passwordFile,
  tokenFile,
  credentials,
}: NatsConfig): Promise<Partial<LinkOptions>> {
  if (user !== undefined && passwordFile !== undefined) return { user, pass: await secretOf(passwordFile) }
  if (tokenFile !== undefined) return { token: await secretOf(tokenFile) }
  if (credentials === undefined) return {}
  const { credsAuthenticator } = await import('@nats-io/transport-node')
  return { authenticator: credsAuthenticator(await read(credentials)) }
}

/** If TLS options are given, even empty ones, the library refuses servers without TLS. The scheme alone does not make it do so. */
async function tlsOf({ tls, servers }: NatsConfig): Promise<LinkOptions['tls']> {
  if (tls === undefined && !servers.some((server) => server.startsWith('tls:'))) return undefined
  const { checkServerIdentity } = await import('node:tls')
  const [ca, cert, key] = await Promise.all([tls?.ca, tls?.certificate, tls?.key].map(textOf))
  // The library passes on what Node.js takes.
  const checked = { checkServerIdentity: identityCheck(servers, checkServerIdentity) }
  return { ...checked, ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) }
}

async function textOf(file: string | undefined): Promise<string | undefined> {
  return file === undefined ? undefined : (await read(file)).toString()
}

async function secretOf(file: string): Promise<string> {
  return (await read(file)).toString().replace(/\r?\n$/, '')
}

async function read(file: string): Promise<Buffer> {
  try {
    return readConfigured(file)
  } catch (thrown) {
    throw new TocsinError('TCN_FILE_UNREADABLE', messageOf(thrown), { cause: thrown })
  }
}

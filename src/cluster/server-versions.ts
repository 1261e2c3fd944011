import { TocsinError } from '../errors/tocsin-error.js'
import { type Runtime, withTimeout } from '../event/runtime.js'
import type { NatsConfig } from '../storage/nats/config.js'
import { JetStreamApi } from '../storage/nats/jetstream-api.js'
import type { NatsLink } from '../storage/nats/link.js'
import { type OpenLink, openNatsLink } from '../storage/nats/open-link.js'
import { persist } from '../storage/nats/persist.js'

/** Replicas of a stream on older servers become different for good, and acknowledged events are lost. */
const OLDEST_WITH_REPLICAS = [2, 10, 27]
/** Time for one server to say its version, ms. */
const LOOK_MS = 3000
const MAX_LOOKED_AT = 64

export interface OldServer {
  server: string
  version: string
}

export interface VersionOptions {
  link: NatsLink
  nats: NatsConfig
  runtime: Runtime
  openLink?: OpenLink
}

/**
 * Resolves with the servers that are too old for the replicas that the log has, or is to have, as far as the servers
 * answer. Throws TCN_NATS_OLD for them unless the configuration allows them.
 */
export async function checkVersions(options: VersionOptions): Promise<OldServer[]> {
  const { link, nats } = options
  if (!link.isClustered || !(await hasReplicas(options))) return []
  const old = (await versionsOf(options)).filter(({ version }) => isTooOld(version))
  if (old.length > 0 && !nats.allowOld) throw new TocsinError('TCN_NATS_OLD', textOf(old))
  return old
}

/** Returns notes for the operator about servers that the configuration allows. */
export function versionNotes(old: readonly OldServer[]): string[] {
  if (old.length === 0) return []
  return [
    `\`nats.allowOld\` is set, and ${textOf(old)}. Acknowledged events can be lost after a fault: upgrade the servers (TCN_NATS_OLD)`,
  ]
}

export function isTooOld(version: string): boolean {
  const parts = version.split('.').map((part) => Number.parseInt(part, 10))
  for (const [at, part] of OLDEST_WITH_REPLICAS.entries())
    if (parts[at] !== part) return (parts[at] ?? 0) < part
  return false
}

function textOf(old: readonly OldServer[]): string {
  const servers = old.map(({ server, version }) => `${server} has version ${version}`)
  return `${servers.join(', ')}: replicas need ${OLDEST_WITH_REPLICAS.join('.')} or newer`
}

/** A stream that exists keeps its replicas, whatever the configuration says. */
async function hasReplicas({ link, nats }: VersionOptions): Promise<boolean> {
  if (nats.replicas > 1) return true
  const found = await persist(link, () => new JetStreamApi(link).find(nats.stream))
  return (found?.config.num_replicas ?? 1) > 1
}

/** The versions of the servers of the configuration, and of those that they name. One that does not answer is left out. */
async function versionsOf(options: VersionOptions): Promise<OldServer[]> {
  const { link, nats } = options
  const scheme = nats.servers[0].split('://')[0]
  const named = link.others.map((address) => `${scheme}://${address}`)
  const found = new Map([[plain(link.server), link.version]])
  const others = [...new Set([...nats.servers, ...named])].filter((server) => !found.has(plain(server)))
  const looks = others.slice(0, MAX_LOOKED_AT).map(async (server) => {
    const version = await versionAt(server, options)
    if (version !== undefined) found.set(plain(server), version)
  })
  await Promise.all(looks)
  return [...found].map(([server, version]) => ({ server, version }))
}

async function versionAt(
  server: string,
  { nats, runtime, openLink = openNatsLink }: VersionOptions,
): Promise<string | undefined> {
  const opening = openLink({ ...nats, servers: [server] }, runtime)
  const looked = opening.then(async (link) => {
    const { version } = link
    await link.close()
    return version
  })
  return withTimeout(runtime, LOOK_MS, looked).catch(() => undefined)
}

function plain(server: string): string {
  return server.replace(/^\w+:\/\//, '')
}

import { statSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { SharingHub } from '../../bus/consumers/shared-consumers.js'
import { clusterConfig } from '../../cluster/config.js'
import { TrustedPlace } from '../../config/trusted-file.js'
import { messageOf } from '../../errors/thrown.js'
import { TocsinError } from '../../errors/tocsin-error.js'
import type { Runtime } from '../../event/runtime.js'
import type { CompileOptions } from '../../filter/index.js'
import { type EventLog, openEventLog } from '../../log/index.js'
import { jetstreamEngine } from '../../log/jetstream/engine.js'
import { timeAt } from '../../methods/log.js'
import {
  divideState,
  guardState,
  openLmdbState,
  openMemoryState,
  type StateStore,
} from '../../state/index.js'
import { makeFolders } from '../../storage/folder.js'
import { natsConfig } from '../../storage/nats/config.js'
import type { OpenLink } from '../../storage/nats/open-link.js'
import { derivedAttributes } from '../../types/derived-attributes.js'
import type { TypeRegistry } from '../../types/index.js'
import type { HubConfig } from '../config/index.js'
import { type Damage, reportRecord, reportRestored, reportSalvage } from '../reports/damage.js'

/** The settings of log and state of a hub. */
export interface StorageOptions {
  readonly config: HubConfig
  readonly runtime: Runtime
  /** Data folder, if the engine of the log uses one. */
  readonly data: string | undefined
  /** Connects to NATS; default: `openNatsLink`. */
  readonly openLink?: OpenLink
  /** Why the hubs that share the storage can store nothing, if that is known. */
  readonly obstacle?: () => TocsinError | undefined
}

export async function openLog(
  { config, data, runtime, openLink }: StorageOptions,
  typing: CompileOptions,
): Promise<EventLog> {
  if (data !== undefined) makeDataFolder(data)
  const folder = data === undefined ? '' : join(data, 'log')
  return openEventLog(config.log, { runtime, folder, nats: config.nats, openLink, ...typing })
}

/** Returns the time of the last stored event; undefined also if it cannot be read. */
export function lastTimeOf(log: EventLog): Promise<number | undefined> {
  return timeAt(log, log.last).catch(() => undefined)
}

export function hasPast({ last, lost }: EventLog): boolean {
  return last > 0 || lost.length > 0
}

function makeDataFolder(folder: string): void {
  try {
    makeFolders(folder, 0o700)
  } catch (error) {
    const reason = messageOf(error)
    throw new TocsinError('TCN_FILE_UNWRITABLE', `cannot create the data folder: ${reason}`, {
      cause: error,
    })
  }
  checkDataFolder(folder)
}

/**
 * Refuses a folder that others can change or exchange: they could put a state into it that has tokens of theirs. Members
 * of its group may be able to write: that is how containers get the volumes of root.
 */
export function checkDataFolder(folder: string): void {
  try {
    using place = TrustedPlace.find(folder, { guarded: true })
    const { uid, mode } = statSync(place.path)
    place.checkOwner(uid)
    if ((mode & 0o002) === 0) return
    throw new Error(`the data folder ${folder} has mode ${(mode & 0o777).toString(8)}: everybody may write`)
  } catch (thrown) {
    throw new TocsinError('TCN_DATA_FOLDER', messageOf(thrown), { cause: thrown })
  }
}

/** This hub as the others with the same log see it; undefined if it has its log for itself. */
export function sharingOf(
  { capabilities }: EventLog,
  { cluster = clusterConfig.parse({}) }: HubConfig,
): SharingHub | undefined {
  if (!capabilities.shared) return undefined
  const { name = hostname(), address, ttl } = cluster
  return address === undefined ? { name, ttl } : { name, address, ttl }
}

export async function openState(options: StorageOptions, damage: Damage): Promise<StateStore> {
  const local = await openLocalState(options, damage)
  if (options.config.log.engine !== jetstreamEngine.name) return guardState(local)
  try {
    return guardState(divideState(local, await openSharedState(options)))
  } catch (thrown) {
    await local.close()
    throw thrown
  }
}

async function openSharedState({ config, runtime, openLink, obstacle }: StorageOptions): Promise<StateStore> {
  const { nats = natsConfig.parse({}) } = config
  const [{ openNatsLink }, { openJetStreamState }] = await Promise.all([
    import('../../storage/nats/open-link.js'),
    import('../../state/jetstream/jetstream-state.js'),
  ])
  const { prefix, replicas } = nats
  const link = await (openLink ?? openNatsLink)(nats, runtime)
  return openJetStreamState({ runtime, link, prefix, replicas, obstacle })
}

async function openLocalState(
  { data, runtime }: Pick<StorageOptions, 'data' | 'runtime'>,
  damage: Damage,
): Promise<StateStore> {
  return data === undefined
    ? openMemoryState({ runtime })
    : openLmdbState({
        runtime,
        folder: join(data, 'state'),
        damaged: (record) => reportRecord(record, damage),
        salvaged: (salvage) => reportSalvage(salvage, damage),
        restored: (restored) => reportRestored(join(data, 'state'), restored, damage),
      })
}

/** Returns the ways in which filters find the type of an event, and the epoch of the log. */
export function resolver(types: TypeRegistry, log?: EventLog): CompileOptions {
  return {
    typeOf: (tag) => types.typeOf(tag),
    typeOfBytes: types.typeOfBytes,
    derived: derivedAttributes(types),
    ...(log && { epoch: () => log.epoch }),
  }
}

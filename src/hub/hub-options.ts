import type { Runtime } from '../event/runtime.js'
import type { EventLog } from '../log/index.js'
import type { SourceDefinition } from '../sources/source.js'
import type { OpenLink } from '../storage/nats/open-link.js'
import type { EventType } from '../types/index.js'
import type { HubConfig } from './config/index.js'
import type { HubLog } from './own-log/hub-log.js'

export interface HubOptions {
  config: HubConfig
  runtime: Runtime
  /** Data folder, if the engine of the log uses one; without it, state is kept in memory. */
  data: string | undefined
  /** Returns the path of the configuration file in force, for display. */
  configFile?(): string | undefined
  sources: SourceDefinition[]
  /** Number of files that this process may open; default: any number. */
  openFiles?: number
  /** The command that starts the programs of jobs, see `StartingProcess`; default: this process starts them. */
  startingProcess?: readonly string[]
  /** Opens the log; default: the engine of the configuration. */
  openLog?: () => Promise<EventLog>
  /** Connects to NATS; default: as the section `nats` says. */
  openLink?: OpenLink
  /** Where the hub writes lines for the operator; default: nowhere. */
  hubLog?: HubLog
  /** Event types of faces and sources. */
  types: (readonly EventType[])[]
}

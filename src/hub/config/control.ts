import type { TraceContext } from '../../event/trace-context.js'
import type { HubReloadReport, ReloadReport } from '../../methods/contract/index.js'
import type { HubCommits } from './access.js'
import { cannotReload } from './running-config.js'

/** Changes the configuration of a running hub. It is made after the hub, which it changes. */
export interface ConfigurationControl {
  /** Undefined for a hub that keeps nothing on disk. */
  readonly commits: HubCommits | undefined
  /** Reads the configuration again. */
  reload(): Promise<ReloadReport>
  /** Reads event types and configuration again. */
  reloadHub(trace?: TraceContext): Promise<HubReloadReport>
}

/** For a hub that was not started from a file, and for one that does not listen yet. */
export const noControl: ConfigurationControl = {
  commits: undefined,
  reload: cannotReload,
  reloadHub: cannotReload,
}

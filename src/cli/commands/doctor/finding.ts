import { statSync } from 'node:fs'
import type { PathEnvironment } from '../../../config/paths.js'
import { messageOf } from '../../../errors/thrown.js'
import type { HubConfig } from '../../../hub/config/index.js'
import type { ClusterOverview, HubStatus } from '../../../methods/contract/index.js'
import type { HubOptions } from '../../help/options.js'
import type { ConfigReport } from '../config/report.js'

export type FindingState = 'ok' | 'warning' | 'wrong'

/** One line of the checklist. */
export interface Finding {
  check: string
  state: FindingState
  text: string
  /** Advice on the next step. */
  next?: string
}

/** The status of the running hub, or why there is none. */
export type HubAnswer = { status: HubStatus; local: boolean } | { error: { code: string; message: string } }

/** The state of all hubs of the cluster, or the reason why it is not known. */
export type ClusterAnswer = { overview: ClusterOverview } | { error: { code: string; message: string } }

export interface Patient {
  options: HubOptions
  environment: PathEnvironment
  configuration: ConfigReport
  /** The defaults if the file is not valid. */
  config: HubConfig
  /** The data folder: that of the running hub if it is on this machine. Undefined for a hub in memory. */
  data: string | undefined
  hub: HubAnswer
  /** Undefined for a hub with a log of its own. */
  cluster?: ClusterAnswer
}

export interface Check {
  name: string
  run(patient: Patient): Promise<Omit<Finding, 'check'>[]>
}

export type Words = Omit<Finding, 'check'>

export const ok = (text: string): Words => ({ state: 'ok', text })
export const warning = (text: string, next?: string): Words => ({
  state: 'warning',
  text,
  ...(next && { next }),
})
export const wrong = (text: string, next?: string): Words => ({ state: 'wrong', text, ...(next && { next }) })

/** The advice about a folder that a hub refuses when it starts. */
export const REFUSED = 'correct it before the next start, which would fail'

/** Returns the reason for which something is refused; undefined if it is not. */
export function messageOfThrown(check: () => void): string | undefined {
  try {
    check()
    return undefined
  } catch (thrown) {
    return messageOf(thrown)
  }
}

export function statusOf({ hub }: Patient): HubStatus | undefined {
  return 'status' in hub ? hub.status : undefined
}

/** The status of the running hub if it is on this machine, where its process and folders can be examined. */
export function localStatus({ hub }: Patient): HubStatus | undefined {
  return 'status' in hub && hub.local ? hub.status : undefined
}

/** Returns whether this is the configuration that the running hub, if any, was started with. */
export function isOfHub(patient: Patient): boolean {
  const status = statusOf(patient)
  return status === undefined || isSameFile(status.config, patient.configuration.file)
}

/** The hub may have been given another spelling of the path, or have been started in another folder. */
function isSameFile(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined || one === other) return one === other
  try {
    const [a, b] = [statSync(one), statSync(other)]
    return a.dev === b.dev && a.ino === b.ino
  } catch {
    return false
  }
}

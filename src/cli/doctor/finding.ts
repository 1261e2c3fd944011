import type { HubStatus } from '../../bus/method-types.js'
import type { PathEnvironment } from '../../config/paths.js'
import type { HubConfig } from '../../hub/config.js'
import type { ConfigReport } from '../config-report.js'
import type { HubOptions } from '../options.js'

export type FindingState = 'ok' | 'warning' | 'wrong'

/** One line of the checklist. */
export interface Finding {
  check: string
  state: FindingState
  text: string
  /** What to do about it. */
  next?: string
}

/** What the running hub says of itself, or why it says nothing. */
export type HubAnswer = { status: HubStatus; local: boolean } | { error: { code: string; message: string } }

export interface Patient {
  options: HubOptions
  environment: PathEnvironment
  configuration: ConfigReport
  /** Defaults where the file is not sound. */
  config: HubConfig
  /** Data folder; that of the running hub where there is one on this machine. Undefined: in memory. */
  data: string | undefined
  hub: HubAnswer
}

export interface Check {
  name: string
  run(patient: Patient): Promise<Omit<Finding, 'check'>[]>
}

type Words = Omit<Finding, 'check'>

export const ok = (text: string): Words => ({ state: 'ok', text })
export const warning = (text: string, next?: string): Words => ({
  state: 'warning',
  text,
  ...(next && { next }),
})
export const wrong = (text: string, next?: string): Words => ({ state: 'wrong', text, ...(next && { next }) })

export function statusOf({ hub }: Patient): HubStatus | undefined {
  return 'status' in hub ? hub.status : undefined
}

/** The running hub, when it runs on this machine: its process and folders can be looked at. */
export function localStatus({ hub }: Patient): HubStatus | undefined {
  return 'status' in hub && hub.local ? hub.status : undefined
}

/** Whether what is configured here is what the running hub, where there is one, was started with. */
export function isOfHub(patient: Patient): boolean {
  const status = statusOf(patient)
  return status === undefined || status.config === patient.configuration.file
}

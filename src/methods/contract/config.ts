import type { Applied, CommitRecord } from '../../config/commits/records.js'
import type { NoParams } from './params.js'

/** The configuration: what is in force, and the one candidate that somebody edits. */
export interface ConfigMethods {
  'config.reload': { params: NoParams; result: ReloadReport }
  'config.get': { params: ConfigGetParams; result: ConfigValues }
  'config.lock': { params: ConfigSessionParams; result: ConfigDiff }
  /** Takes the lock if nobody has it. All edits are made, or none. */
  'config.edit': { params: ConfigEditParams; result: ConfigDiff }
  'config.diff': { params: { rollback?: number }; result: ConfigDiff }
  /** Checks the candidate, or what is in force if there is none. */
  'config.validate': { params: NoParams; result: { valid: boolean; problems: ConfigProblemInfo[] } }
  'config.commit': { params: ConfigCommitParams; result: ConfigCommitted }
  'config.confirm': { params: NoParams; result: { commit: CommitInfo } }
  /** Reverts the commit that waits for its confirmation. */
  'config.abort': { params: NoParams; result: ConfigCommitted }
  /** Drops the candidate and releases the lock. */
  'config.discard': { params: ConfigSessionParams; result: { discarded: boolean } }
  /** Undoes the commit of this number and all later ones. */
  'config.rollback': { params: ConfigCommitParams & { number: number }; result: ConfigCommitted }
  /** The newest first. */
  'config.history': { params: { limit?: number }; result: { commits: CommitInfo[]; more: boolean } }
}

export interface ReloadReport extends Applied {
  /** Undefined: there is no file, and everything has its default. */
  file?: string
}

export interface ConfigSessionParams {
  /** Name of the session; default: the connection, or over HTTP the principal. */
  session?: string
  /** Takes the lock from whoever has it, and drops that candidate. */
  force?: boolean
}

export interface ConfigGetParams {
  /** Only this key and those below it. */
  key?: string
  /** True for the candidate, not the configuration in force. */
  candidate?: boolean
  /** With the text of the file; over a unix socket only. */
  text?: boolean
}

export interface ConfigValues {
  /** `set`: whether the file says so; otherwise it is the default. Secrets are masked. */
  values: { key: string; value: unknown; set: boolean }[]
  text?: string
}

export interface ConfigEditParams extends ConfigSessionParams {
  /** `log.retention.age`, `salt[0].bus`, `salt[]` for a new entry at the end. */
  edits?: { key: string; value?: unknown; delete?: boolean }[]
  /** The whole file instead. */
  text?: string
}

export interface ConfigDiff {
  changes: ConfigChange[]
  /** Who has the candidate; absent if there is none. */
  candidate?: {
    user: string
    session?: string
    face?: string
    address?: string
    usid?: number
    program?: string
    since: number
  }
  /** The commit that waits for its confirmation. */
  unconfirmed?: CommitInfo
  /** Why the candidate cannot be committed as it is; absent if it can. At most 100. */
  problems?: ConfigProblemInfo[]
}

/** Secrets are masked. */
export interface ConfigChange {
  key: string
  op: 'create' | 'modify' | 'delete'
  old?: unknown
  new?: unknown
  /** When it takes effect: at once, or at the next start of the hub. */
  effect: 'now' | 'restart'
}

export interface ConfigProblemInfo {
  line: number
  column: number
  key: string
  message: string
}

export interface ConfigCommitParams {
  session?: string
  label?: string
  comment?: string
  /** Time within which it must be confirmed, µs; otherwise it is reverted. */
  confirmed?: number
}

export interface ConfigCommitted extends Applied {
  commit: CommitInfo
}

export type CommitInfo = CommitRecord

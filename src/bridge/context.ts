import type { Runtime } from '../event/runtime.js'
import type { Blacklist } from '../faces/sysadm/blacklist.js'
import type { Challenges } from '../faces/sysadm/challenges.js'
import type { LongWork } from '../incremental/long-work.js'
import type { BridgeConfig } from './config.js'
import type { BridgeCounts } from './counts.js'
import type { Directory } from './directory.js'
import type { AuthorizedKeys } from './keys.js'
import type { WaitingBytes } from './waiting.js'

/** The objects that all connections of a bridge share. */
export interface BridgeContext {
  readonly runtime: Runtime
  readonly limits: BridgeConfig['limits']
  readonly keys: AuthorizedKeys
  readonly blacklist: Blacklist
  readonly challenges: Challenges
  readonly longWork: LongWork
  readonly directory: Directory
  readonly waiting: WaitingBytes
  readonly counts: BridgeCounts
  readonly hostname: string
  /** Writes a line for the operator. */
  log(level: 'info' | 'warn' | 'debug', text: string, fields?: Readonly<Record<string, unknown>>): void
}

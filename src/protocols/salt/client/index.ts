export { TocsinError } from '../../../errors/tocsin-error.js'
export { fnmatch, type MatchType } from '../codec/match.js'
export { TAGEND, TAGS, tagify } from '../codec/tags.js'
export { PythonDatetime, PythonFloat, SaltConstant } from '../codec/values.js'
export type * from '../types/index.js'
export type { SaltAddress, SaltAddresses } from './address.js'
export { Caller, type CallerArguments } from './caller.js'
export { clientConfig, masterConfig, minionConfig } from './config.js'
export { type ConnectionOptions, type ReadOptions, SaltConnection } from './connection.js'
export { getEvent, getMasterEvent, MasterEvent, MinionEvent } from './nodes.js'
export { DEFAULT_MASTER_OPTS, DEFAULT_MINION_OPTS, type SaltOpts } from './opts.js'
export type { SaltEventRecord } from './pending-events.js'
export type { RetLoad } from './ret-load.js'
export {
  type GetEventOptions,
  type IterEventsOptions,
  type SaltData,
  SaltEvent,
  type SaltEventOptions,
} from './salt-event.js'

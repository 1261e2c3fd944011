import type { ClusterMethods } from './cluster.js'
import type { ConfigMethods } from './config.js'
import type { ConsumerMethods } from './consumers.js'
import type { CountMethods } from './counts.js'
import type { EventMethods } from './events.js'
import type { HubMethods } from './hub.js'
import type { JobMethods } from './jobs.js'
import type { LogMethods } from './log.js'
import type { NcsMethods } from './ncs.js'
import type { OverviewMethods } from './overview.js'
import type { RuleMethods } from './rules.js'
import type { SctpMethods } from './sctp.js'
import type { SinkMethods } from './sinks.js'
import type { StreamMethods } from './streams.js'
import type { TokenMethods } from './tokens.js'
import type { ViewMethods } from './views.js'

export type * from './cluster.js'
export type * from './config.js'
export type * from './consumers.js'
export type * from './counts.js'
export type * from './edges.js'
export type * from './events.js'
export type * from './hub.js'
export type * from './jobs.js'
export type * from './log.js'
export type * from './ncs.js'
export type * from './overview.js'
export type * from './params.js'
export type * from './rules.js'
export type * from './sctp.js'
export type * from './sinks.js'
export type * from './streams.js'
export type * from './tokens.js'
export type * from './views.js'

/**
 * Parameters and results of the management operations (`area.verb`) as they are sent: plain values only.
 * Times are µs since the epoch, durations µs, sizes bytes, and positions are cursors as text unless a field
 * is named `seq`. Filters are returned in the spelling of `formatFilter`. Lists are bounded by `limit`; `more`
 * is true if there is more than was returned. Methods that send `part`s ahead of the result are marked.
 */
export interface Methods
  extends ClusterMethods,
    ConfigMethods,
    ConsumerMethods,
    CountMethods,
    EventMethods,
    HubMethods,
    JobMethods,
    LogMethods,
    NcsMethods,
    OverviewMethods,
    SctpMethods,
    RuleMethods,
    SinkMethods,
    StreamMethods,
    TokenMethods,
    ViewMethods {}

export type MethodName = keyof Methods
export type ParamsOf<Name extends MethodName> = Methods[Name]['params']
export type ResultOf<Name extends MethodName> = Methods[Name]['result']

import { formatAddress } from '../../config/values/address.js'
import type { DefinedBy } from '../definition.js'
import type { SyslogSinkConfig } from './config.js'
import { SyslogDestination } from './destination.js'

const EVENTS_AT_ONCE = 100

export const syslogSink: DefinedBy<SyslogSinkConfig> = (config) => ({
  target: formatAddress(config.address),
  parallel: 1,
  batch: { events: EVENTS_AT_ONCE, wait: 0 },
  create: (view, runtime, work) => new SyslogDestination(config, view, runtime, work),
})

import { formatAddress } from '../../config/values/address.js'
import { defineSink } from '../kind.js'
import { syslogConfig } from './config.js'
import { SyslogDestination } from './destination.js'

const EVENTS_AT_ONCE = 100

export const syslogSink = defineSink({
  name: 'syslog',
  config: syslogConfig,
  open: (config) => ({
    target: formatAddress(config.address),
    parallel: 1,
    batch: { events: EVENTS_AT_ONCE, wait: 0 },
    create: (view, runtime, work) => new SyslogDestination(config, view, runtime, work),
  }),
})

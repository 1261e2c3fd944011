import { formatAddress } from '../../config/values/address.js'
import { defineSink } from '../kind.js'
import { postgresqlConfig } from './config.js'
import { PostgresqlDestination } from './destination.js'

export const postgresqlSink = defineSink({
  name: 'postgresql',
  config: postgresqlConfig,
  open: (config) => ({
    target: `${formatAddress(config.place)} ${config.database}`,
    parallel: 1,
    batch: config.batch,
    create: (view, runtime, work) => new PostgresqlDestination(config, view, runtime, work),
  }),
})

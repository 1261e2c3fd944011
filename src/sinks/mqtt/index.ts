import { formatAddress } from '../../config/values/address.js'
import { defineSink } from '../kind.js'
import { mqttConfig } from './config.js'
import { MqttDestination } from './destination.js'

export const mqttSink = defineSink({
  name: 'mqtt',
  config: mqttConfig,
  open: (config) => ({
    target: formatAddress(config.broker),
    parallel: 1,
    batch: config.batch,
    create: (view, runtime, work) => new MqttDestination(config, view, runtime, work),
  }),
})

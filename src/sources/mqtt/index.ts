import { mqttTypes } from '../../types/host/mqtt.js'
import { receiverOfEntry } from '../entry.js'
import { defineSource, each } from '../kind.js'
import type { SourceDefinition } from '../source.js'
import { type MqttSourceConfig, mqttSourcesConfig } from './config.js'
import { MqttSource } from './source.js'

/** Returns the source of one entry of the configuration. */
export function mqttSource(config: MqttSourceConfig): SourceDefinition {
  return receiverOfEntry('mqtt', config, [], () => new MqttSource(config))
}

export const mqttSources = defineSource({
  name: 'mqtt',
  config: mqttSourcesConfig.default([]).describe('Messages of brokers of MQTT.'),
  types: mqttTypes,
  open: each(mqttSource),
})

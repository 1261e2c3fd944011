import { otlpTypes } from '../../types/host/otlp.js'
import { receiverOfEntry } from '../entry.js'
import { defineSource, each } from '../kind.js'
import type { SourceDefinition } from '../source.js'
import { type OtlpConfig, otlpSourcesConfig } from './config.js'
import { OtlpSource } from './source.js'

/** Returns the source of one entry of the configuration. */
export function otlpSource(config: OtlpConfig): SourceDefinition {
  return receiverOfEntry('otlp', config, ['time'], () => new OtlpSource(config))
}

export const otlpSources = defineSource({
  name: 'otlp',
  config: otlpSourcesConfig.default([]).describe('What programs send with OpenTelemetry, over HTTP.'),
  types: otlpTypes,
  open: each(otlpSource),
})

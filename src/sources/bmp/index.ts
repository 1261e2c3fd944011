import { bmpTypes } from '../../types/host/bmp.js'
import { receiverOfEntry } from '../entry.js'
import { defineSource, each } from '../kind.js'
import type { SourceDefinition } from '../source.js'
import { type BmpConfig, bmpClaims, bmpSourcesConfig } from './config.js'
import { BmpSource } from './source.js'

/** Returns the source of one entry of the configuration. */
export function bmpSource(config: BmpConfig): SourceDefinition {
  return receiverOfEntry('bmp', config, ['time', 'routerTime'], () => new BmpSource(config))
}

export const bmpSources = defineSource({
  name: 'bmp',
  config: bmpSourcesConfig.default([]).describe('Sessions of BGP, as routers report them with BMP.'),
  types: bmpTypes,
  claims: bmpClaims,
  open: each(bmpSource),
})

import type { SourceRunner } from '../runner.js'
import type { SourceDefinition } from '../source.js'
import { type AssociationInfo, Associations } from './associations.js'
import type { SctpSourceConfig } from './config.js'
import { SctpSource } from './source.js'

export { type SctpSourceConfig, sctpSourcesConfig } from './config.js'

const PREFIX = 'sctp/'

/** What the kernel tells of SCTP associations. */
export function sctpSource(config: SctpSourceConfig): SourceDefinition {
  const name = PREFIX + config.name
  const associations = new Associations()
  return {
    name,
    origin: name,
    silentAfter: config.silentAfter,
    create: () => new SctpSource(config, associations),
    inspect: () => associations.list(),
  }
}

/** Of all sources that watch some. */
export function sctpAssociations(runners: readonly SourceRunner[]): (AssociationInfo & { source: string })[] {
  return runners
    .filter(({ name }) => name.startsWith(PREFIX))
    .flatMap((runner) => {
      const source = runner.name.slice(PREFIX.length)
      return (runner.inspect() as AssociationInfo[]).map((each) => ({ source, ...each }))
    })
}

import type { SinkDefinition } from './sink.js'

/** What a kind of sink makes of its settings; the rest is the same for all. */
export type DefinedBy<Config> = (
  config: Config,
) => Pick<SinkDefinition, 'target' | 'parallel' | 'batch' | 'create'>

import { z } from 'zod'
import { refusalOf } from '../config/values/read-by.js'
import { parseFilter } from '../filter/index.js'
import { sinkFilter } from './common-config.js'
import { sinks } from './index.js'
import type { SinkKind } from './kind.js'
import type { SinkDefinition } from './sink.js'

const MAX_SINKS = 256

type SchemasOf<Kinds extends readonly SinkKind[]> = { [Nth in keyof Kinds]: Kinds[Nth]['config'] }

const kinds: readonly SinkKind[] = sinks
const names = kinds.map(({ name }) => name)

const sinkName = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, {
  error: 'must be 1 to 64 letters, digits, dots, dashes and underscores',
})

const sink = z
  .discriminatedUnion('type', kinds.map(({ config }) => config) as unknown as SchemasOf<typeof sinks>, {
    error: `must have a type: ${names.slice(0, -1).join(', ')} or ${names.at(-1)}`,
  })
  .meta({ whole: true })
export type SinkConfig = z.output<typeof sink>

/** Destinations to which the hub delivers events itself, by name. */
export const sinksConfig = z
  .record(sinkName, sink)
  .refine((sinks) => Object.keys(sinks).length <= MAX_SINKS, { error: `at most ${MAX_SINKS} sinks` })
  .superRefine(checkFilters)
export type SinksConfig = z.output<typeof sinksConfig>

/** A sink of the configuration, and text that differs if any of its settings differs. */
export interface ConfiguredSink {
  definition: SinkDefinition
  settings: string
}

export function configuredSinks(config: SinksConfig): ConfiguredSink[] {
  return Object.entries(config).map(([name, each]) => ({
    definition: definitionOf(name, each),
    settings: JSON.stringify(each),
  }))
}

function definitionOf(name: string, config: SinkConfig): SinkDefinition {
  const { type, from, retry } = config
  const kind = kinds.find((each) => each.name === type)
  if (kind === undefined) throw new TypeError(`there is no sink of the type ${type}`)
  return { name, type, from, retry, filter: sinkFilter(name, config), ...kind.open(config) }
}

/** The events of a sink may be too much for one filter, although neither `filter` nor `where` is alone. */
function checkFilters(sinks: Record<string, SinkConfig>, context: z.RefinementCtx): void {
  if (context.issues.length > 0) return
  for (const [name, { filter, where }] of Object.entries(sinks)) {
    const refusal = refusalOf(() => parseFilter(sinkFilter(name, { filter, where })))
    if (refusal === undefined) continue
    const key = where === undefined ? 'filter' : 'where'
    const others = filter === undefined || where === undefined ? '' : '`filter` and '
    const message = `too much with ${others}what rules hand to the sink: ${refusal}`
    context.addIssue({ code: 'custom', path: [name, key], message })
  }
}

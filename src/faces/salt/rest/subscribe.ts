import type { SubscribeRequest } from '../../../bus/api.js'
import { formatFilter, parseFilter } from '../../../filter/index.js'
import type { RestContext } from './context.js'

export interface Wanted {
  /** In the short spelling: globs, and prefixes. */
  tags?: readonly string[]
  from?: string
  label: string
}

/** The events of the bus, and what it shows of others; rights come on top. Throws where a tag is no filter. */
export function subscribeRequest(
  { publisher: { source }, show, maxLag }: Pick<RestContext, 'publisher' | 'show' | 'maxLag'>,
  { tags = [], from, label }: Wanted,
): SubscribeRequest {
  const own = { exact: { source } }
  const bus = show.length === 0 ? own : { any: [own, formatFilter(parseFilter([...show]))] }
  const filters = tags.length === 0 ? bus : { all: [bus, formatFilter(parseFilter([...tags]))] }
  return { filters, from, label, lag: 'catch-up', maxLag }
}

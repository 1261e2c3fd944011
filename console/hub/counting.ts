import type { Histogram, ParamsOf, ResultOf } from '../../src/methods/contract/index.js'
import { call } from './api.js'

/** Time after which the hub answers with what it has counted so far, ms. */
const WAIT_MS = 500

/** Asks until everything is counted. `soFar` gets each answer at once, the last one too. */
export async function counted<Name extends 'events.histogram' | 'events.facets'>(
  method: Name,
  params: ParamsOf<Name>,
  signal: AbortSignal,
  soFar: (answer: ResultOf<Name>) => void,
): Promise<ResultOf<Name>> {
  for (let more: string | undefined; ; ) {
    const asked = { ...params, wait: WAIT_MS, ...(more !== undefined && { more }) }
    const answer = await call(method, asked, signal)
    soFar(answer)
    more = answer.more
    if (more === undefined) return answer
  }
}

/** False if there may be more events from this time on, µs, than were counted. */
export function isCounted(
  { exact, coveredFrom = Number.POSITIVE_INFINITY }: Histogram,
  from: number,
): boolean {
  return exact || from >= coveredFrom
}

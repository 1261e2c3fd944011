import { z } from 'zod'
import { refusedRange } from '../bus/resolve-position.js'
import { CLOCKS_DIFFER } from '../event/empty-range.js'
import { MOST_AHEAD } from '../event/plausible-time.js'
import type { Method } from './method.js'
import type { BusMethodContext } from './query.js'

const rangeParams = z.looseObject({
  from: z.string().optional(),
  to: z.string().optional(),
  before: z.string().optional(),
  time: z.string().optional(),
})
type RangeParams = z.output<typeof rangeParams>

/** Lets methods refuse a range in which no event can be, instead of answering that there is none. */
export function refusingEmptyRanges(
  { bus, runtime }: BusMethodContext,
  methods: readonly Method[],
): Method[] {
  const check = (range: RangeParams) => {
    const ahead = CLOCKS_DIFFER + (range.time === 'event' ? MOST_AHEAD : 0)
    return refusedRange(range, { log: bus.log, now: runtime.now() }, ahead)
  }
  return methods.map((own) => {
    if (!(own.params instanceof z.ZodObject) || !('from' in own.params.shape)) return own
    return {
      ...own,
      run(call, params) {
        // Another hub, whose clock may differ, has asked for a range that it looked at itself.
        const refused = call.question === undefined ? check(rangeParams.parse(params)) : undefined
        return refused === undefined ? own.run(call, params) : refused.then(() => own.run(call, params))
      },
    }
  })
}

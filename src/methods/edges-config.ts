import { z } from 'zod'
import { durationOrOff } from '../config/values/units.js'

const HOUR = 3_600_000

/** The part `edges` of the configuration. */
export const edgesConfig = z.strictObject({
  forgetAfter: durationOrOff({ min: HOUR, max: 3650 * 24 * HOUR })
    .prefault('30d')
    .describe(
      'An edge hub that is away for this time is forgotten: no answer names it. `off`: none is, unless somebody forgets it.',
    ),
})
export type EdgesConfig = z.output<typeof edgesConfig>

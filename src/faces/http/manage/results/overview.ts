import { z } from 'zod'
import { askedHub, clusterReport } from './cluster.js'
import { status } from './hub.js'
import { type ResultsOf, text } from './shape.js'

const hubView = z.object({
  ...askedHub,
  status: status.optional(),
  clock: z
    .int()
    .optional()
    .describe(
      'By how much its clock is ahead of that of the hub that was asked, at least, µs; negative: behind.',
    ),
})

const problem = z.object({
  level: z.enum(['wrong', 'warning']),
  text,
  next: text.describe('What to do about it.'),
})

export const overviewResults: Pick<ResultsOf<'cluster'>, 'cluster.overview'> = {
  'cluster.overview': z
    .object({
      cluster: clusterReport,
      hubs: z.array(hubView).describe('All hubs, the one that was asked included, by name.'),
      problems: z.array(problem).describe('The worst first.'),
    })
    .meta({ id: 'ClusterOverview' }),
}

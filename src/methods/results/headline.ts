import { z } from 'zod'
import { text, time } from './shape.js'

const level = z.enum(['wrong', 'warning', 'ok'])

const headlinePart = z
  .object({
    about: z.enum([
      ...(['hub', 'log', 'disk', 'cluster', 'sources', 'edges', 'sinks', 'rules', 'alerts'] as const),
      ...(['hosts', 'silentHosts', 'consumers', 'parked'] as const),
    ]),
    level,
    text,
    name: text.optional().describe('That of the source, sink, rule or consumer, if it is about one.'),
    since: time.optional().describe('The time since which it has been so, if it is known.'),
  })
  .meta({ id: 'HeadlinePart' })

export const headline = z
  .object({
    now: time,
    level: level.describe('That of the worst part.'),
    text: text.describe('All parts as one sentence.'),
    parts: z.array(headlinePart).describe('The worst first.'),
  })
  .meta({ id: 'Headline', description: 'A sentence about all that is wrong in a hub, and since when.' })

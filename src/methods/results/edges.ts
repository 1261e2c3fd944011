import { z } from 'zod'
import { askedEdges, readGap } from './events.js'
import { bytes, count, text } from './shape.js'

const missingEdge = askedEdges.shape.missing.element

export const edgesPart = z
  .object({
    frames: bytes.describe('Whole frames, back to back.'),
    count,
    gaps: z.array(readGap),
    cursor: text
      .optional()
      .describe(
        'Position after the last event, at which another question continues. Absent while events are followed.',
      ),
    asked: askedEdges
      .optional()
      .describe(
        'Everything that was stored has come. With `follow`, events come from here on as they are stored.',
      ),
    missing: z.array(missingEdge).optional().describe('With `follow`: edge hubs that are away from here on.'),
    back: z.array(text).optional().describe('With `follow`: edge hubs that are back, or new.'),
  })
  .meta({ id: 'EdgesPart' })

export const edgesForgotten = z.object({ forgotten: z.array(z.object({ name: text, principal: text })) })

export const edgesRead = z.object({ count, asked: askedEdges })

export const edgeAnswers = z
  .object({ answers: z.array(z.object({ edge: text, result: z.unknown() })) })
  .meta({ id: 'EdgeAnswers' })

export const edgesAsked = z.object({
  asked: askedEdges,
  answers: edgeAnswers.shape.answers
    .optional()
    .describe('All answers, for a hub that has been asked itself; otherwise they are in the parts.'),
})

import { z } from 'zod'
import { MAX_TAG_BYTES } from '../../../event/index.js'
import { eventPage as page, readGap } from '../../../methods/results/events.js'

/** Schemas for the documentation. Events are checked by their codec, which is faster and reports more. */

const attribute = z.union([z.string(), z.int(), z.boolean()])

export const plainEvent = z
  .strictObject({
    tag: z.string().min(1).max(MAX_TAG_BYTES),
    data: z.unknown().optional(),
    source: z.string().max(255).optional().describe('Default: the source of the principal.'),
    kind: z.int().min(0).max(0xffffffff).optional(),
    attributes: z.record(z.string().regex(/^[a-z0-9]{1,64}$/), attribute).optional(),
  })
  .meta({ id: 'Event', description: 'The plain form of an event.' })

export const cloudEvent = z
  .looseObject({
    specversion: z.literal('1.0'),
    id: z.string().min(1),
    source: z.string().min(1),
    type: z.string().min(1),
    subject: z.string().optional().describe('The tag.'),
    time: z.iso.datetime({ offset: true }).optional(),
    datacontenttype: z.string().optional(),
    dataschema: z.string().optional(),
    data: z.unknown().optional(),
    data_base64: z.string().optional(),
  })
  .meta({ id: 'CloudEvent', description: 'CloudEvents 1.0, JSON format.' })

const details = z.record(z.string(), z.unknown()).optional()

export const publishedAnswer = z
  .object({ cursor: z.string().optional(), durable: z.boolean() })
  .meta({ id: 'Published' })

export const batchAnswer = z
  .object({
    accepted: z.int(),
    refused: z.int(),
    durable: z.boolean(),
    items: z
      .array(
        z.object({
          cursor: z.string().optional(),
          code: z.string().optional(),
          detail: z.string().optional(),
          details,
        }),
      )
      .describe('In the order of the events: the cursor, or the reason for the refusal.'),
  })
  .meta({ id: 'PublishedList' })

export const eventPage = page
  .omit({ frames: true, count: true })
  .extend({ events: z.array(cloudEvent) })
  .meta({ id: 'CloudEventPage' })

/** A line of a page that has no end: an event, or what stands in its place, and at last where the next one begins. */
export const pageLine = z.union([cloudEvent, z.object({ gap: readGap }), z.object({ next: z.string() })])

/** A line of the answer to lines: a refusal, and finally the summary. */
export const publishedLine = z.union([
  z.object({ line: z.int(), code: z.string(), detail: z.string(), details }),
  z.object({
    complete: z.boolean(),
    lines: z.int(),
    accepted: z.int(),
    refused: z.int(),
    unlisted: z.int(),
    cursor: z.string().optional(),
    durable: z.boolean(),
    problem: z.unknown().optional().describe('Why it is not complete.'),
  }),
])

export const problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string().describe('`TCN_<AREA>_<WHAT>`'),
    remedy: z.string(),
    details,
  })
  .meta({ id: 'Problem', description: 'RFC 9457.' })

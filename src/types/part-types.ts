import { defineTypes } from './event-type.js'

/** The events of the hub about its own parts. */
export const partTypes = defineTypes([
  {
    type: 'hub.part',
    tags: ['hub/part/**'],
    summary:
      'Something threw in a source, a sink, a rule, a face, a job or the upkeep of the log, which then began again.',
    display: '{kind} {part} has failed: {reason}',
    schema: {
      type: 'object',
      properties: {
        kind: { enum: ['source', 'sink', 'rule', 'face', 'job', 'upkeep'] },
        part: { type: 'string' },
        reason: { type: 'string' },
        count: { type: 'integer', minimum: 0, description: 'How often within a second' },
      },
      required: ['kind', 'part', 'reason'],
    },
    correlation: ['data.kind', 'data.part'],
  },
])

export interface HubPart {
  kind: 'source' | 'sink' | 'rule' | 'face' | 'job' | 'upkeep'
  part: string
  reason: string
  count?: number
}

declare module './event-type.js' {
  interface EventTypes {
    'hub.part': HubPart
  }
}

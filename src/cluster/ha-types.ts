import { defineTypes } from '../types/event-type.js'

const text = (description?: string) => ({ type: 'string', ...(description && { description }) })
const count = { type: 'integer', minimum: 0 }
const object = (properties: Record<string, object>, required: string[]) => ({
  type: 'object',
  properties,
  required,
})

const hub = text('Name of the hub')

/** The events about the hubs that share a log. */
export const haTypes = defineTypes([
  {
    type: 'hub.ha.primary',
    tags: ['hub/ha/primary'],
    summary: 'A hub has become the primary of its cluster, which alone appends to the log.',
    display: '{hub} is the primary, in term {term}',
    schema: object({ hub, address: text('Where clients reach it'), term: count }, ['hub', 'term']),
    correlation: ['data.hub'],
  },
  {
    type: 'hub.ha.ended',
    tags: ['hub/ha/ended'],
    summary: 'A hub has ceased to be the primary. The next primary stores this event.',
    display: '{hub} has ceased to be the primary[: {reason}]',
    schema: object({ hub, term: count, reason: text(), code: text('Code of the error, if it is one') }, [
      'hub',
      'term',
    ]),
    correlation: ['data.hub'],
  },
  {
    type: 'hub.ha.follows',
    tags: ['hub/ha/follows'],
    summary: 'A hub appends through the primary from now on, if that answers.',
    display: '{hub} follows {primary}[: {reason}]',
    schema: object(
      {
        hub,
        primary: text('Name of the primary'),
        term: count,
        result: { enum: ['ok', 'no-answer'] },
        reason: text(),
        code: text('Code of the error, if it is one'),
      },
      ['hub', 'primary', 'result'],
    ),
    correlation: ['data.hub'],
  },
  {
    type: 'hub.ha.arrived',
    tags: ['hub/ha/arrived'],
    summary: 'A hub has joined the cluster, or is back.',
    display: '{hub} has arrived[ at {address}]',
    schema: object({ hub, address: text(), version: text() }, ['hub']),
    correlation: ['data.hub'],
  },
  {
    type: 'hub.ha.caught_up',
    tags: ['hub/ha/caught-up'],
    summary: 'A hub that has arrived has every event that the primary had then.',
    display: '{hub} has caught up',
    schema: object({ hub, position: { ...count, description: 'Number of its last event' } }, ['hub']),
    correlation: ['data.hub'],
  },
  {
    type: 'hub.ha.died',
    tags: ['hub/ha/died'],
    summary: 'A hub has left the cluster, or has been silent for too long.',
    display: '{hub} is gone[: {reason}]',
    schema: object(
      {
        hub,
        address: text(),
        reason: { enum: ['silent', 'stopped'] },
        primary: { type: 'boolean', description: 'Whether it was the primary' },
      },
      ['hub', 'reason'],
    ),
    correlation: ['data.hub'],
  },
  {
    type: 'hub.ha.replaced',
    tags: ['hub/ha/replaced'],
    summary: 'The stream of the log was deleted and another one has its name: all earlier events are gone.',
    display: 'the stream of the log was replaced, and the log is empty',
    schema: object({ hub, before: text('Epoch of the log that is gone'), epoch: text() }, ['hub', 'epoch']),
  },
])

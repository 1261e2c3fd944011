import { hostIn, hubsHost } from './derivation.js'
import { defineTypes } from './event-type.js'

const text = { type: 'string' }
const count = { type: 'integer', minimum: 0 }
const time = { type: 'string', format: 'date-time' }

/** The events that a hub publishes about the hubs that it forwards to, and about those that forward to it. */
export const edgeTypes = defineTypes([
  {
    type: 'hub.upstream',
    tags: ['hub/upstream/*'],
    summary: 'This hub can, or can no longer, forward its events to another hub.',
    display: '{upstream} {state}[, {address}][: {reason}][, {waiting|count} events wait]',
    schema: {
      type: 'object',
      properties: {
        upstream: text,
        state: { enum: ['up', 'down', 'warning'] },
        address: text,
        code: text,
        reason: text,
        waiting: { ...count, description: 'Events that are not forwarded yet, at most' },
      },
      required: ['upstream', 'state'],
    },
    correlation: ['data.upstream'],
    host: hubsHost,
  },
  {
    type: 'hub.edge',
    tags: ['hub/edge/*'],
    summary: 'An edge hub has connected to this hub, its connection has ended, or it was forgotten.',
    display: '{edge} {state}[, {principal}][ at {address}][: {reason}]',
    schema: {
      type: 'object',
      properties: {
        edge: text,
        state: { enum: ['up', 'down', 'forgotten'] },
        principal: text,
        address: text,
        reason: text,
        since: time,
      },
      required: ['edge', 'state', 'principal'],
    },
    correlation: ['data.edge'],
    host: hostIn('data.edge'),
  },
  {
    type: 'hub.audit.ask',
    tags: ['hub/audit/ask'],
    summary:
      'A question to edge hubs has ended: at the hub that was asked, and at each edge hub that has answered to it.',
    display:
      '[{principal}: ]{method}[ of {edges}][, {answered} of {asked} answered][, {bytes} bytes], {result}[, from {address}]',
    schema: {
      type: 'object',
      properties: {
        question: { ...text, description: 'The same at all hubs' },
        principal: { ...text, description: 'Who has asked, at the hub that was asked' },
        face: text,
        address: text,
        method: text,
        edges: { ...text, description: 'The edge hubs that were chosen' },
        filters: { description: 'The filter of the question' },
        asked: count,
        answered: count,
        events: count,
        requests: count,
        bytes: { ...count, description: 'Size of the events in the answers' },
        upstream: { ...text, description: 'At an edge hub: its name for the hub that has asked' },
        hub: text,
        result: { ...text, description: '`ok`, or the code of the error' },
      },
      required: ['question', 'method', 'result'],
    },
    correlation: ['data.question'],
    host: hubsHost,
  },
])

export interface HubUpstream {
  upstream: string
  state: 'up' | 'down' | 'warning'
  address?: string
  code?: string
  reason?: string
  waiting?: number
}

export interface HubEdge {
  edge: string
  state: 'up' | 'down' | 'forgotten'
  principal: string
  address?: string
  reason?: string
  since?: string
}

declare module './event-type.js' {
  interface EventTypes {
    'hub.upstream': HubUpstream
    'hub.edge': HubEdge
  }
}

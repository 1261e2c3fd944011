import { alwaysSevere, hubsHost } from './derivation.js'
import { defineTypes, type EventTypeDefinition } from './event-type.js'
import { count, object, oneOf, text, time } from './json-parts.js'

/** The caller, its address and the outcome of what it did. */
const auditedPeer = {
  principal: text(),
  face: { ...text(), description: 'The face that the peer used; `signal`: a signal to the process' },
  address: { ...text(), description: 'Address of the peer, unless it used a unix socket' },
  result: { ...text(), description: '`ok`, or the code of the error' },
  count: { ...count(), description: 'How often within a second. Without address or principal: all others' },
}

const definitions: readonly EventTypeDefinition[] = [
  {
    type: 'hub.started',
    tags: ['hub/started'],
    summary: 'The hub accepts events from now on.',
    display: 'Tocsin {version} started[: {name}][, pid {pid}]',
    schema: object({ name: text(), version: text(), pid: count(), epoch: text() }, ['version']),
  },
  {
    type: 'hub.crashed',
    tags: ['hub/crashed'],
    severity: alwaysSevere('err'),
    summary: 'The hub started again after a crash.',
    schema: object(
      {
        since: { ...time(), description: 'Time of the last event that was kept' },
        from: { ...count(), description: 'First number that was set aside' },
        to: count(),
        note: { ...text(), description: 'What this means for the events' },
      },
      ['from', 'to', 'note'],
    ),
  },
  {
    type: 'hub.stopping',
    tags: ['hub/stopping'],
    summary: 'The hub accepts no more events and stops.',
    display: 'the hub stops[: {reason}]',
    schema: object({ reason: text() }),
    isFarewell: true,
  },
  {
    type: 'hub.source',
    tags: ['hub/source/**'],
    summary: 'A source came up, went down, fell silent or recovered.',
    display: '{source} {state}[: {reason}]',
    schema: object(
      { source: text(), state: oneOf('up', 'down', 'silent', 'back'), reason: text(), since: time() },
      ['source', 'state'],
    ),
    correlation: ['data.source'],
  },
  {
    type: 'hub.gap',
    tags: ['hub/gap/**'],
    severity: alwaysSevere('warning'),
    summary: 'A source lost events in a period of time.',
    display: '{source} lost [{count} ]events: {reason}',
    schema: object(
      {
        source: text(),
        from: time(),
        to: time(),
        count: { type: ['integer', 'null'], minimum: 0 },
        reason: text(),
        first: { ...count(), description: 'From an edge hub: the first of them, by the numbers of its log' },
        last: count(),
      },
      ['source', 'from', 'to', 'reason'],
    ),
    correlation: ['data.source'],
  },
  {
    type: 'hub.log.damage',
    tags: ['hub/log/damage'],
    severity: alwaysSevere('err'),
    summary:
      'Events of this range cannot be read, or, without a range, a file of the log was damaged when the hub started.',
    display: '{reason}',
    schema: object({ from: count(), to: count(), reason: text() }, ['reason']),
  },
  {
    type: 'hub.state.lost',
    tags: ['hub/state/lost'],
    severity: alwaysSevere('err'),
    summary: 'The state store was empty, but the log was not new: consumers, tokens and positions are gone.',
    display: 'the state store was empty: {folder}',
    schema: object({ folder: text() }, ['folder']),
  },
  {
    type: 'hub.state.restored',
    tags: ['hub/state/restored'],
    severity: alwaysSevere('warning'),
    summary:
      'The state store was empty, or records in it were damaged, and entries were taken from its copy.',
    display: '{folder}',
    schema: object({ folder: text(), restored: { type: 'object', additionalProperties: count() } }, [
      'folder',
    ]),
  },
  {
    type: 'hub.state.damage',
    tags: ['hub/state/damage'],
    severity: alwaysSevere('err'),
    summary: 'A record of the state store cannot be read, or the store was damaged and was rebuilt.',
    display: '{reason}',
    schema: object(
      {
        bucket: text(),
        key: text(),
        file: { ...text(), description: 'relative to the data folder' },
        reason: text(),
        kept: { ...count(), description: 'records found in a damaged store' },
        damaged: { type: 'array', items: text(), description: 'buckets that may have lost records' },
        restored: {
          type: 'object',
          additionalProperties: count(),
          description: 'records taken from the copy, by bucket',
        },
      },
      ['reason'],
    ),
  },
  {
    type: 'hub.compacted',
    tags: ['hub/compacted'],
    summary: 'The log removed its oldest events.',
    display: '{bytesBefore|bytes} to {bytesAfter|bytes}, {cause}',
    schema: object(
      {
        file: text(),
        cause: oneOf('automatic', 'manual', 'full'),
        bytesBefore: count(),
        bytesAfter: count(),
        bytesAfterLast: count(),
        start: { ...count(), description: 'µs since the epoch' },
        duration: { ...count(), description: 'µs' },
        transactions: count(),
        removed: object({ from: count(), to: count() }, ['from', 'to']),
      },
      ['cause', 'bytesBefore', 'bytesAfter'],
    ),
  },
  {
    type: 'hub.config',
    tags: ['hub/config'],
    summary: 'The configuration was reloaded or committed, or refused for the given reason.',
    display:
      '[commit {commit} by {user}, {state}: ][{error.message}][in effect: {applied}][ needs a restart: {restart}][ ({reason})]',
    schema: object(
      {
        file: text(),
        applied: { type: 'array', items: text(), description: 'Keys whose change has taken effect' },
        restart: { type: 'array', items: text(), description: 'Keys whose change requires a restart' },
        commit: count(),
        user: text(),
        session: text(),
        label: text(),
        comment: text(),
        state: oneOf('final', 'unconfirmed', 'reverted'),
        extends: {
          ...count(),
          description: 'The commit that is confirmed or reverted together with this one',
        },
        reason: text(),
        error: object({ code: text(), message: text() }, ['code', 'message']),
        problems: {
          type: 'array',
          items: object({ line: count(), column: count(), key: text(), message: text() }),
        },
      },
      ['applied', 'restart'],
    ),
  },
  {
    type: 'hub.reload',
    tags: ['hub/reload'],
    summary: 'A phase of the reload of event types and configuration is done.',
    display: '{phase}[: {error.message}][, added {added}][, changed {changed}][, removed {removed}]',
    schema: object(
      {
        phase: oneOf('init-started', 'init-succeeded', 'performed', 'committed', 'aborted'),
        added: { type: 'array', items: text(), description: 'Event types, at most 100' },
        changed: { type: 'array', items: text() },
        removed: { type: 'array', items: text() },
        error: object({ code: text(), message: text() }, ['code', 'message']),
      },
      ['phase'],
    ),
  },
  {
    type: 'hub.audit.call',
    tags: ['hub/audit/*/*'],
    summary:
      'Somebody changed the hub: tokens, passwords, consumers, parked events, configuration, log; or ran or killed a job.',
    display: '[{principal}: ]{method}[ {changed.name}], {result}[: {message}][, from {address}]',
    schema: object(
      {
        ...auditedPeer,
        method: text(),
        changed: { type: 'object', description: 'What the call changed, or would have changed' },
        message: text(),
      },
      ['method', 'result'],
    ),
    correlation: ['data.principal'],
  },
  {
    type: 'hub.audit.denied',
    tags: ['hub/audit/denied'],
    severity: alwaysSevere('warning'),
    summary: 'A principal called a method without the right to do so.',
    display: '[{principal}: ][{method}, ]{result}[, needs {right}][, from {address}]',
    schema: object({ ...auditedPeer, method: text(), right: text() }, ['result', 'count']),
    correlation: ['data.principal'],
  },
  {
    type: 'hub.audit.login',
    tags: ['hub/audit/login'],
    severity: alwaysSevere('warning'),
    summary: 'Credentials were refused.',
    display: '[{way} ][of {principal} ]refused[ from {address}][: {result}][ {reason}]',
    schema: object(
      { ...auditedPeer, way: oneOf('token', 'password', 'key', 'certificate', 'browser'), reason: text() },
      ['count'],
    ),
    correlation: ['data.address'],
  },
  {
    type: 'hub.refused',
    tags: ['hub/refused'],
    severity: alwaysSevere('warning'),
    summary: 'A connection was refused, or closed because of what it sent or did not read.',
    display: '{code}[: {message}][, {listener}][, {principal}]',
    schema: object({ code: text(), message: text(), principal: text(), listener: text(), count: count() }, [
      'code',
    ]),
  },
  {
    type: 'hub.dropped',
    tags: ['hub/dropped/**'],
    severity: alwaysSevere('warning'),
    summary: 'Events from publishers could not be accepted on a path that cannot report this to them.',
    display: '{count|count} from {source}: {code}[ {message}]',
    schema: object({ source: text(), code: text(), message: text(), count: count() }, [
      'source',
      'code',
      'count',
    ]),
    correlation: ['data.source'],
  },
]

/** The events that the hub publishes about itself. Times are RFC 3339. */
export const hubTypes = defineTypes(definitions.map((each) => ({ ...each, host: hubsHost })))

export interface HubStarted {
  name?: string
  version: string
  pid?: number
  epoch?: string
}

export interface HubCrashed {
  since?: string
  from: number
  to: number
  note: string
}

export interface HubStopping {
  reason?: string
}

export interface HubSource {
  source: string
  state: 'up' | 'down' | 'silent' | 'back'
  reason?: string
  since?: string
}

export interface HubGap {
  source: string
  from: string
  to: string
  /** null if the number is unknown */
  count?: number | null
  reason: string
  /** From an edge hub: the first and last of them, by the numbers of its log */
  first?: number
  last?: number
}

export interface HubCompacted {
  file?: string
  cause: 'automatic' | 'manual' | 'full'
  bytesBefore: number
  bytesAfter: number
  bytesAfterLast?: number
  /** µs since the epoch */
  start?: number
  /** µs */
  duration?: number
  transactions?: number
  removed?: { from: number; to: number }
}

export interface HubLogDamage {
  from?: number
  to?: number
  reason: string
}

export interface HubConfigRead {
  file?: string
  applied: string[]
  restart: string[]
  error?: { code: string; message: string }
  problems?: { line: number; column: number; key: string; message: string }[]
}

export interface HubReloaded {
  phase: 'init-started' | 'init-succeeded' | 'performed' | 'committed' | 'aborted'
  added?: string[]
  changed?: string[]
  removed?: string[]
  error?: { code: string; message: string }
}

interface HubAudited {
  principal?: string
  face?: string
  address?: string
  result: string
  count?: number
}

export interface HubAuditCall extends HubAudited {
  method: string
  changed?: Record<string, unknown>
  message?: string
}

export interface HubAuditDenied extends HubAudited {
  method?: string
  right?: string
}

export interface HubAuditLogin extends HubAudited {
  way?: 'token' | 'password' | 'key' | 'certificate' | 'browser'
  /** Why the issuer of a token cannot be asked */
  reason?: string
}

export interface HubRefused {
  code: string
  message?: string
  principal?: string
  listener?: string
  count?: number
}

export interface HubDropped {
  source: string
  code: string
  message?: string
  count: number
}

declare module './event-type.js' {
  interface EventTypes {
    'hub.started': HubStarted
    'hub.crashed': HubCrashed
    'hub.stopping': HubStopping
    'hub.source': HubSource
    'hub.gap': HubGap
    'hub.compacted': HubCompacted
    'hub.log.damage': HubLogDamage
    'hub.config': HubConfigRead
    'hub.reload': HubReloaded
    'hub.audit.call': HubAuditCall
    'hub.audit.denied': HubAuditDenied
    'hub.audit.login': HubAuditLogin
    'hub.refused': HubRefused
    'hub.dropped': HubDropped
  }
}

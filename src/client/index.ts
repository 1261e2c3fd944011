export { catalogue, type ErrorCode, TocsinError } from '../errors/tocsin-error.js'
export type { Attributes } from '../event/attributes.js'
export { type Cursor, formatCursor, isCursor, parseCursor } from '../event/cursor.js'
export { Event } from '../event/event.js'
export { Ext, SaltConstant, Timestamp } from '../event/msgpack/values.js'
export { formatTime } from '../event/position.js'
export { tagSegment } from '../event/tag.js'
export type { MethodName, Methods, ParamsOf, ResultOf } from '../methods/contract/index.js'
export type { FilterInput, GapReason, LagPolicy, Welcome } from '../protocols/native/protocol.js'
export type { DataOf, EventType, EventTypes } from '../types/event-type.js'
export { defineType, defineTypes } from '../types/event-type.js'
export type * from '../types/host/files.js'
export type * from '../types/host/system.js'
export type * from '../types/hub-types.js'
export type {
  AckLevel,
  Client,
  ConnectionStatus,
  ConnectOptions,
  EndStatus,
  EventBatch,
  EventTimeOptions,
  GapStatus,
  GateStatus,
  LiveStatus,
  OutgoingEvent,
  PositionStatus,
  Published,
  PublishedBatch,
  PublishOptions,
  RequestOptions,
  Status,
  SubscribeOptions,
  Subscription,
  TlsOptions,
} from './api.js'
export { connect } from './connect.js'
export { readByEventTime } from './read-by-event-time.js'
export { ReceivedEvent } from './subscribe/received-event.js'

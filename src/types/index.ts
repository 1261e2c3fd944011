export { compileDisplay, type Display, displaysOf } from './display.js'
export {
  type DataOf,
  defineType,
  defineTypes,
  type EventType,
  type EventTypes,
  type JsonSchema,
  UNREGISTERED,
} from './event-type.js'
export {
  type HubCompacted,
  type HubConfigRead,
  type HubDropped,
  type HubGap,
  type HubLogDamage,
  type HubRefused,
  type HubSource,
  type HubStarted,
  type HubStopping,
  hubTypes,
} from './hub-types.js'
export { type TypePatterns, TypeRegistry } from './registry.js'
export { type Severity, severityOf } from './severity.js'
export { summaryOf } from './summary.js'

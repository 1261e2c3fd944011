import type { Attack } from './attack.js'
import { consoleAttacks } from './browsers.js'
import { cardinality } from './cardinality.js'
import { leavers } from './connections.js'
import { cesql, globs, longFields } from './filters.js'
import { fromStart } from './from-start.js'
import { cloudEventsBatch, jsonBodies } from './json-bodies.js'
import { largeEvents } from './large-events.js'
import { management } from './management.js'
import { netconfRequests, netconfStrangers } from './netconf.js'
import { openGates } from './open-gates.js'
import { longQuestions } from './questions.js'
import { rules } from './rules.js'
import { saltJunk } from './salt.js'
import { sinks } from './sinks.js'

/**
 * In this order: the questions and the readers from the start need what `many-tags` leaves in the log, and what manages the
 * hub leaves principals.
 */
export const attacks: readonly Attack[] = [
  ...longQuestions,
  ...consoleAttacks,
  ...rules,
  saltJunk,
  ...jsonBodies,
  ...largeEvents,
  ...sinks,
  globs,
  cesql,
  longFields,
  openGates,
  netconfRequests,
  netconfStrangers,
  cloudEventsBatch,
  ...cardinality,
  fromStart,
  ...management,
]

/** The attacks that are repeated for an hour, also those after which something could remain. */
export const soakAttacks: readonly Attack[] = [...attacks, ...leavers]

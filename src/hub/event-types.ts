import { haTypes } from '../cluster/ha-types.js'
import { pushTypes } from '../devices/types.js'
import { hostTypes } from '../hosts/types.js'
import { jobTypes } from '../jobs/index.js'
import { ruleTypes } from '../rules/types.js'
import { sinkTypes } from '../sinks/types.js'
import { clockTypes } from '../types/clock-types.js'
import { edgeTypes } from '../types/edge-types.js'
import type { EventType } from '../types/event-type.js'
import { partTypes } from '../types/part-types.js'
import { definitions } from './parts/definitions.js'

/** Event types of all sources, sinks and faces, each list once. Those of the hub itself are separate. */
export const eventTypes: (readonly EventType[])[] = [
  ...new Set([
    edgeTypes,
    partTypes,
    clockTypes,
    haTypes,
    jobTypes,
    sinkTypes,
    ruleTypes,
    hostTypes,
    pushTypes,
    ...definitions.flatMap(({ types }) => (types ? [types] : [])),
  ]),
]

import { haTypes } from '../cluster/ha-types.js'
import type { FaceDefinition } from '../faces/face.js'
import { faces } from '../faces/index.js'
import { jobTypes } from '../jobs/index.js'
import { ruleTypes } from '../rules/types.js'
import { sinkTypes } from '../sinks/types.js'
import { sourceTypes } from '../sources/index.js'
import { clockTypes } from '../types/clock-types.js'
import { edgeTypes } from '../types/edge-types.js'
import type { EventType } from '../types/event-type.js'
import { partTypes } from '../types/part-types.js'

const definitions: readonly FaceDefinition[] = faces

/** Event types of all sources, sinks and faces, each list once. Those of the hub itself are separate. */
export const eventTypes: (readonly EventType[])[] = [
  ...new Set([
    edgeTypes,
    partTypes,
    clockTypes,
    haTypes,
    jobTypes,
    ...sourceTypes,
    sinkTypes,
    ruleTypes,
    ...definitions.flatMap(({ types }) => (types ? [types] : [])),
  ]),
]

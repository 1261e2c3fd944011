import type { FaceDefinition } from '../faces/face.js'
import { faces } from '../faces/index.js'
import { jobTypes } from '../jobs/index.js'
import { sourceTypes } from '../sources/index.js'
import type { EventType } from '../types/event-type.js'

const definitions: readonly FaceDefinition[] = faces

/** Event types of all sources and faces, each list once. Those of the hub itself are separate. */
export const eventTypes: (readonly EventType[])[] = [
  ...new Set([jobTypes, ...sourceTypes, ...definitions.flatMap(({ types }) => (types ? [types] : []))]),
]

import { saltTypes } from '../faces/salt/types/index.js'
import { sctpTypes } from '../faces/sctp/types/index.js'
import { sourceTypes } from '../sources/index.js'
import type { EventType } from '../types/event-type.js'

/** Event types of all sources and faces; those of the hub itself are apart. */
export const eventTypes: (readonly EventType[])[] = [...sourceTypes, saltTypes, sctpTypes]

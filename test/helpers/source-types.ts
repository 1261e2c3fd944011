import { sources } from '../../src/sources/index.js'
import type { EventType } from '../../src/types/event-type.js'

const lists = sources.map(({ types }): readonly EventType[] => types ?? [])

/** The event types of all sources, each list once. */
export const sourceTypes: readonly (readonly EventType[])[] = [...new Set(lists)]

import type { EventTypes } from '../../../types/index.js'
import type { Chance } from './chance.js'

export interface DemoEvent {
  tag: string
  data: unknown
}

/** An event of a type of the product; the compiler checks its data. */
export function eventOf<Type extends keyof EventTypes>(
  _type: Type,
  tag: string,
  data: EventTypes[Type],
): DemoEvent {
  return { tag, data }
}

/** The clock, the random numbers and the hosts from which the stories of a fleet are made. */
export interface Simulated {
  readonly chance: Chance
  readonly hosts: readonly string[]
  /** One of the hosts. */
  readonly host: string
  /** Highstates so far, from which the ids of jobs are made. */
  jobs: number
}

import type { Chance } from './chance.js'

export interface DemoEvent {
  tag: string
  data: unknown
}

/** What the stories of a fleet are made from. */
export interface Simulated {
  readonly chance: Chance
  readonly hosts: readonly string[]
  /** One of the hosts. */
  readonly host: string
  /** Highstates so far, from which the ids of jobs are made. */
  jobs: number
}

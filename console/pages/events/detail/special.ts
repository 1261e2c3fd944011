import type { ComponentType } from 'preact'
import type { Event } from 'tocsin/browser'
import type { KnownTypes } from '../../../hub/types.js'
import { associationView } from './association.js'
import { jobView } from './job.js'
import { outputView } from './output.js'
import { traceView } from './trace.js'

/** The properties of a view of one thing that many events are about, such as a job. */
export interface SpecialProps {
  /** Its name, such as a job id. */
  about: string
  event: Event
  types: KnownTypes
  onOpen(event: Event): void
}

/** A tab for events of some types. */
export interface SpecialView {
  readonly label: string
  readonly about: string
  readonly View: ComponentType<SpecialProps>
}

/** Makes the view of an event that has one. */
export type SpecialFinder = (event: Event, type: string) => SpecialView | undefined

const finders: readonly SpecialFinder[] = [jobView, associationView, outputView, traceView]

/** The view of its own that an event has, if any. */
export function specialView(event: Event, type: string): SpecialView | undefined {
  for (const find of finders) {
    const found = find(event, type)
    if (found !== undefined) return found
  }
  return undefined
}

import type { ComponentType } from 'preact'
import type { Event } from 'tocsin/browser'
import type { KnownTypes } from '../../../hub/types.js'

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

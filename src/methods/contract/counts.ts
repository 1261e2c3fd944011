import type { Wanted } from './params.js'

/** Counts of events. */
export interface CountMethods {
  /** How many events in each span of a time. */
  'events.histogram': { params: HistogramParams; result: Histogram }
  /** Which values a field has, the most frequent first. */
  'events.facets': { params: FacetsParams; result: Facets }
}

/** The value of a field: anything but a list, a map or bytes. */
export type FieldValue = string | number | boolean | null

export interface HistogramParams extends Wanted {
  /** Default: an hour ago. */
  from?: string
  /** Default: now. */
  to?: string
  /** At most so many, and a part of one more; they begin at round times. */
  buckets?: number
  /** Counts its values apart; of a tag the first two segments. */
  by?: 'type' | 'source' | 'tag'
  /** So many values; the others are counted together. */
  top?: number
}

export interface Histogram extends Coverage {
  /** Events from here, to before `to`, are counted. */
  from: number
  to: number
  /** Start of the first bucket, and how long each is. */
  start: number
  step: number
  /** One for each bucket. */
  counts: number[]
  total: number
  /** The most frequent values, and what is in none of them. */
  series?: { value: FieldValue; total: number; counts: number[] }[]
  other?: number[]
}

export interface FacetsParams extends Wanted {
  /** As in filters: `type`, `source`, `tag` (its first two segments), an attribute, `data.…`. */
  field: string
  from?: string
  to?: string
  limit?: number
}

export interface Facets extends Coverage {
  field: string
  from: number
  to: number
  total: number
  values: { value: FieldValue; count: number }[]
  /** Events without the field, or with values that are not listed. */
  other: number
}

/** How much of what was asked was looked at. Only events that the caller may see are counted. */
export interface Coverage {
  /** False: more events than one question may look at, or more values than are kept apart. */
  exact: boolean
  /** Nothing before this time was looked at; not there when everything was. */
  coveredFrom?: number
}

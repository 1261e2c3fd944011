/** Parameters that several methods share. */

export type NoParams = Record<string, never>

export type Filters = string | string[] | Record<string, unknown>

/** Selects events: filters in any spelling, and CESQL. An event must match both. */
export interface Wanted {
  filters?: Filters
  where?: string
}

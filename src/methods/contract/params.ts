/** Parameters that several methods share. */

export type NoParams = Record<string, never>

export type Filters = string | string[] | Record<string, unknown>

/** What is asked of the log: filters in any spelling, and CESQL. An event fits when it fits both. */
export interface Wanted {
  filters?: Filters
  where?: string
}

/** What an event's type is; the registry of types answers. Handed in, so that filters stay below it. */
export type TypeOf = (tag: string) => string

/** A filter made ready for frames. Pure: the same frame gives the same answer. */
export interface Matcher {
  /** Canonical text of the filter: two filters of the same key match the same events. */
  readonly key: string
  /** True for the filter that matches every event. */
  readonly all: boolean
  /**
   * Literal prefixes of tags of which a matching event has at least one; undefined when there is
   * no such prefix ("unanchored"), so that every event must be tried.
   */
  readonly prefixes: readonly string[] | undefined
  /** True when an event under one of `prefixes` always matches, so that the index alone answers. */
  readonly exact: boolean
  /** Does the frame at offset `at` of `bytes` match? The frame must have passed `checkFrame`. */
  matches(bytes: Uint8Array, at: number): boolean
}

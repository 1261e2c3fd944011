/** The levels of the rights that parts add, by the name of the right. The file of each right adds its own. */
// biome-ignore lint/suspicious/noEmptyInterface: parts extend it
export interface PartRights {}

/** A right that a part adds to those that the configuration gives principals, as a key of its own. */
export interface PartRight<Name extends keyof PartRights = keyof PartRights> {
  readonly name: Name
  /** The highest comes first, and each includes those after it. */
  readonly levels: readonly PartRights[Name][]
  readonly description: string
  /** Prefix of the tags of all events that principals with the right see, at any level. */
  readonly see: string
  /** True if the highest level includes seeing the jobs of others. */
  readonly allJobs?: boolean
}

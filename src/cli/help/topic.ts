export interface Topic {
  name: string
  /** Heading in the reference. Default: the name. */
  title?: string
  summary: string
  text: string
}

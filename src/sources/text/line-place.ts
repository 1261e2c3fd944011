/** The place of a line among others, for formats whose first line says how to read the others. */
export interface LinePlace {
  /** Name of the lines that belong together, such as those of one file. */
  stream: string
  isFirst: boolean
  /** Path of the file. */
  file?: string
  /** The first line of the stream, if it can be read again. */
  first?(): string | undefined
}

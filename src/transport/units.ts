/** Divides the bytes of a connection into units, which are handed over one after the other. */
export interface Units {
  /** Bytes that have come and are in no unit yet. */
  readonly held: number
  push(bytes: Buffer): void
  /** The next unit, if all of it has come. Throws if a unit may not come. */
  next(): Buffer | undefined
  /** The unit was handed over, and worked on. */
  done?(): void
}

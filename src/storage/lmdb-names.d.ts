import 'lmdb'

declare module 'lmdb' {
  /** Every database that was opened, by the name of its file; the library never removes one. */
  const allDbs: Map<string, unknown>
}

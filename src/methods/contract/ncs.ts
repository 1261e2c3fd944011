/** The methods for programs for NSO and ConfD. */
export interface NcsMethods {
  /** `span` and `parent` are texts as in the header `traceparent`, `duration` is in µs. */
  'ncs.progress': {
    params: {
      state: 'start' | 'stop'
      name: string
      span: string
      parent?: string
      duration?: number
      annotation?: string
    }
    result: { reported: boolean }
  }
  /** Only while the transaction waits for subscribers of COMMIT_DIFF. */
  'ncs.diff': { params: { thandle: number; usid: number }; result: NcsDiffEntry[] }
}

export interface NcsDiffEntry {
  /** `/log/retention/age`, `/salt{0}/bus` */
  path: string
  /** `MOP_VALUE_SET` (4), `MOP_CREATED` (1) or `MOP_DELETED` (2). */
  op: number
  /** Absent if there was none. Secrets are masked. */
  old?: unknown
  /** Absent if it is deleted. */
  new?: unknown
}

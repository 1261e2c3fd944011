import type { NoParams } from './params.js'

/** Named streams. */
export interface StreamMethods {
  'streams.list': { params: NoParams; result: { streams: StreamInfo[] } }
}

export interface StreamInfo {
  name: string
  description?: string
  /** The events that are in it, in JSON. */
  filter: string
  /** True if its past may be read. */
  replay: boolean
  /** Times of the first and last event of the log; only for those who may see every event, and with `replay`. */
  firstTime?: number
  lastTime?: number
}

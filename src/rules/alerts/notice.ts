import type { AlertData } from './alert.js'

/** The data of an event about an alert, as far as it is checked. */
export type NoticeData = Readonly<Omit<AlertData, 'link' | 'flapping' | 'reason' | 'by'>>

/** An alert as its sink knows it. */
export interface AlertNotice {
  /** The event of its begin; that of its end while its group waits to hear of it. */
  readonly data: NoticeData
  readonly chain: readonly string[]
  /** The event that has led last to a notice. */
  readonly cause: string
  readonly isTold: boolean
  /** When the sink was notified last, or is to be because a silence has ended; µs, 0 while it is silenced. */
  readonly at: number
}

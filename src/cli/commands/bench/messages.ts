/** The messages between the command and its publishers, which are processes of their own. */

export type ToPublisher = { start: PublisherTask } | { stop: true }

export interface PublisherTask {
  /** Beginning of the tags. */
  prefix: string
  size: number
  /** Most events. */
  limit: number
}

export type FromPublisher =
  | { state: 'ready' }
  | { state: 'publishing'; sent: number }
  | { state: 'done'; sent: number /** ms */; took: number }
  | { state: 'failed'; sent: number; code: string; message: string }

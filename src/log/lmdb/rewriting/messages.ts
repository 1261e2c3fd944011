import type { RewriteTask } from './rewrite-segment.js'

/** The data of a thread that rewrites one segment. */
export interface ThreadData {
  readonly task: RewriteTask
  /** One number, which becomes 1 when the thread is to stop. */
  readonly stop: Int32Array
}

/** The size of the new file, undefined if the thread was stopped; or the reason of the failure. */
export type Done =
  | { readonly bytes: number | undefined }
  | { readonly error: { readonly message: string; readonly isDamage: boolean } }

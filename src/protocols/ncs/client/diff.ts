import { type ErrorCode, TocsinError } from '../../../errors/tocsin-error.js'
import type { TransactionContext } from '../notifications/notification.js'
import type { AnySocket } from './functions.js'
import { RecordStream } from './record-stream.js'

/** One change of a transaction. */
export interface DiffEntry {
  readonly path: string
  /** Such as `MOP_VALUE_SET`. */
  readonly op: number
  readonly old?: unknown
  readonly new?: unknown
}

/**
 * Yields what the transaction of a NOTIF_COMMIT_DIFF changes, while it waits. Uses a connection of its own to the hub of
 * the socket.
 *
 * @example
 * if (n.type === NOTIF_COMMIT_DIFF) {
 *   for await (const { path, op } of diffIterate(sock, n.commit_diff.tctx)) console.log(path, op)
 * }
 */
export async function* diffIterate(sock: AnySocket, tctx: TransactionContext): AsyncGenerator<DiffEntry> {
  const { thandle, usid } = tctx
  const entries = await requestOnce(sock, 'ncs.diff', { thandle, usid })
  yield* entries as DiffEntry[]
}

function requestOnce(sock: AnySocket, method: string, params: Record<string, unknown>): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const stream = new RecordStream(
      sock.family,
      sock.address,
      {},
      {
        onEvents: () => {},
        onRecord: ({ name, body }) => {
          if (name === 'reply') {
            if (body.error === undefined) resolve(body.result)
            else reject(errorOf(body.error))
          }
          if (name === 'error' || name === 'goodbye') reject(errorOf(body))
          if (name !== 'welcome') stream.close()
        },
        onEnd: (error) => reject(error ?? new TocsinError('TCN_NCS_CLOSED')),
      },
    )
    stream.send('request', { id: 1, method, params })
  })
}

function errorOf({ code, message }: { code: string; message: string }): TocsinError {
  return new TocsinError(code as ErrorCode, message)
}

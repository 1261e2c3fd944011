import type { Runtime } from '../../event/runtime.js'
import { finalOf } from './history.js'
import type { CommitRecord, StoreFiles } from './records.js'

/** What became of a commit that a stop or crash of the hub had interrupted. */
export interface Recovery {
  /** Whether the configuration file was changed, so that it must be read again. */
  readonly reverted: boolean
  readonly record: CommitRecord
  /** A sentence for the operator. */
  readonly text: string
}

/**
 * Brings the configuration back to what it was before a commit that did not become final; a commit that waits for its
 * confirmation is left alone while there is time, unless the hub `failed` to start with it. Returns undefined if
 * nothing was interrupted. A crash in here has no effect: the same is done at the next start.
 */
export async function recover(
  files: StoreFiles,
  runtime: Pick<Runtime, 'now'>,
  failed?: string,
): Promise<Recovery | undefined> {
  const pending = files.readPending()
  if (pending === undefined) return undefined
  const { record, before, after, done } = pending
  const text = files.readConfig()
  const inTime = done && failed === undefined && (record.until ?? 0) > runtime.now()
  if (text === after && inTime) return undefined
  const isOurs = text === after || text === before
  if (text === after) await files.writeConfig(before)
  if (done) await files.updateCommit(isOurs ? { ...finalOf(record), state: 'reverted' } : finalOf(record))
  else await files.removeCommit(record.number)
  if (isOurs) await files.writeRunning(before)
  await files.removePending()
  const why = failed ?? (done ? 'it was not confirmed in time' : 'it was interrupted')
  const outcome = isOurs
    ? `the configuration is as before it (${why})`
    : 'the file was edited since, and is in force as it is'
  return { reverted: text === after, record, text: `commit ${record.number} by ${record.user}: ${outcome}` }
}

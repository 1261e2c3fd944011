import type { Runtime } from '../../event/runtime.js'
import { finalOf } from './history.js'
import { type CommitFiles, type CommitRecord, commitsOf } from './records.js'

/** The result for a commit that a stop or crash of the hub had interrupted. */
export interface Recovery {
  /** True if the configuration file was changed, so that it must be read again. */
  readonly reverted: boolean
  readonly record: CommitRecord
  /** A sentence for the operator. */
  readonly text: string
}

/**
 * Brings the configuration back to the state before a commit that did not become final; a commit that waits for its
 * confirmation is left alone while there is time, unless the hub `failed` to start with it. Returns undefined if
 * nothing was interrupted. The commit that an interrupted one extends continues to wait. A crash in here has no
 * effect: the same is done at the next start.
 */
export async function recover(
  files: CommitFiles,
  runtime: Pick<Runtime, 'now'>,
  failed?: string,
): Promise<Recovery | undefined> {
  const pending = files.readPending()
  if (pending === undefined) return undefined
  const { record, before, after, done, extended } = pending
  const text = files.readConfig()
  const inTime = done && failed === undefined && (record.until ?? 0) > runtime.now()
  if (text === after && inTime) return undefined
  const isOurs = text === after || text === before
  if (text === after) await files.writeConfig(before)
  if (!done) await files.removeCommit(record.number)
  else
    for (const each of commitsOf(pending))
      await files.updateCommit(isOurs ? { ...finalOf(each), state: 'reverted' } : finalOf(each))
  if (isOurs) await files.writeRunning(before)
  if (extended === undefined) await files.removePending()
  else await files.writePending(extended)
  const why = failed ?? (done ? 'it was not confirmed in time' : 'it was interrupted')
  const outcome = isOurs
    ? `the configuration is as before it (${why})`
    : 'the file was edited since, and is in force as it is'
  const own = {
    reverted: text === after,
    record,
    text: `commit ${record.number} by ${record.user}: ${outcome}`,
  }
  const next = extended && (await recover(files, runtime))
  if (next === undefined) return own
  return { ...next, reverted: own.reverted || next.reverted, text: `${own.text}; ${next.text}` }
}

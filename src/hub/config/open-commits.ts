import { join } from 'node:path'
import { type CommitsOptions, ConfigCommits } from '../../config/commits/commits.js'
import type { ConfigEvent } from '../../config/commits/observer.js'
import type { CommitRecord } from '../../config/commits/records.js'
import { type Recovery, recover } from '../../config/commits/recover.js'
import { messageOf } from '../../errors/thrown.js'
import { TocsinError, toTocsinError } from '../../errors/tocsin-error.js'
import type { Runtime } from '../../event/runtime.js'
import type { Hub } from '../hub.js'
import type { HubCommits } from './access.js'
import { CommitFolder, type ConfigFile } from './commit-folder.js'
import type { HubConfig } from './index.js'

export interface OpenCommitsOptions
  extends Pick<CommitsOptions<HubConfig>, 'runtime' | 'files' | 'texts' | 'apply' | 'settled'> {
  hub: Pick<Hub, 'report' | 'observers' | 'hubLog' | 'bus'>
  file: string
  /** The text in force. */
  text: string
}

/** Longer than the deadline of gates by this, ms. */
const GRACE = 5000

/** The configuration file and the folder of the commits in the data folder, which this hub must own. */
export function commitFiles(file: ConfigFile, data: string): CommitFolder {
  return new CommitFolder(file, join(data, 'config'))
}

/**
 * Reverts a commit that waits for its confirmation, because the hub cannot start with it. Throws the error of the start
 * if there is none, or if another hub runs on the data folder.
 */
export async function revertUnconfirmed(
  data: string | undefined,
  file: ConfigFile,
  runtime: Runtime,
  error: unknown,
): Promise<Recovery> {
  if (data === undefined || TocsinError.is(error, 'TCN_LOG_LOCKED')) throw error
  const { message } = toTocsinError(error, 'TCN_INTERNAL')
  const failed = `the hub could not start with it: ${message}`
  const recovery = await recover(commitFiles(file, data), runtime, failed).catch(() => undefined)
  if (!recovery?.reverted) throw error
  return recovery
}

/** Opens the commits, which reports commits as events. */
export async function openCommits(options: OpenCommitsOptions): Promise<HubCommits> {
  const { hub, files, runtime, file, text, texts, apply, settled } = options
  const commits = new ConfigCommits({
    runtime,
    files,
    running: text,
    observers: hub.observers.config,
    // A limit that is only reached if a gate does not keep its own deadline.
    get announceLimit() {
      return hub.bus.gateDeadline + GRACE
    },
    texts,
    apply,
    settled,
    expired(record, outcome) {
      // The observer below reports the commits that succeeded.
      if (outcome instanceof TocsinError) hub.report(failedEvent(file, record, outcome))
    },
  })
  commits.observers.add({
    event(event) {
      const reported = eventOf(file, event)
      if (reported !== undefined) hub.report(reported)
    },
  })
  // A hub whose disk is full starts all the same; it only does not know yet what was edited meanwhile.
  await commits.adopt().catch((thrown) => hub.hubLog.write('warn', adoptionFault(thrown)))
  return commits
}

/** The event for what a start has found. */
export function recoveredEvent(file: string, { record, text }: Recovery) {
  return eventFor(file, { ...record, state: 'reverted' }, { reason: text })
}

/** A reload of the edited file is reported by the one who asks for it. */
function eventOf(file: string, event: ConfigEvent) {
  if (event.type === 'commit' && event.by.user !== 'system')
    return eventFor(file, event.record, { applied: event.applied, restart: event.restart })
  if (event.type !== 'confirmed-commit' || event.state === 'started') return undefined
  return eventFor(file, event.record, { ...event.outcome, reason: event.reason })
}

function failedEvent(file: string, record: CommitRecord, { code, message }: TocsinError) {
  return eventFor(file, record, { error: { code, message: message.slice(0, 2000) } })
}

function eventFor(file: string, record: CommitRecord, more: Record<string, unknown>) {
  const { number: commit, user, session, label, comment, state, extends: extended } = record
  const about = { commit, user, session, label, comment, state, extends: extended }
  const data = { file, applied: [], restart: [], ...about, ...more }
  const given = Object.entries(data).filter(([, value]) => value !== undefined)
  return { tag: 'hub/config', data: Object.fromEntries(given) }
}

function adoptionFault(thrown: unknown): string {
  return `the history of the configuration cannot be written: ${messageOf(thrown)}`
}

import { subscribe } from 'node:diagnostics_channel'
import { TocsinError } from '../../../errors/tocsin-error.js'
import type { SaltFault } from '../../../faces/salt/open.js'
import type { HubLog } from '../../../hub/own-log/hub-log.js'
import type { Stall } from '../../../methods/contract/index.js'
import { stallText } from '../../output/answers.js'
import { plural } from '../../terminal/figures.js'

/** A failed log is retried once a second; after this time without a failure (ms) it counts as recovered. */
const WELL_AFTER = 5000
/** Stalls within this time are reported together, ms. */
const STALLS_TOGETHER = 5000

/** Reports failures in the hub on its stderr. */
export function reportFaults(log: HubLog): void {
  reportLog(log)
  reportStalls(log)
  subscribe('tocsin:bus:unsaved', (message) => {
    const { producer, error } = message as { producer: string; error: TocsinError }
    log.write(
      'error',
      `the last counter of the producer ${JSON.stringify(producer)} is not kept: ${error.message} (${error.code})`,
    )
  })
  subscribe('tocsin:salt:fault', (message) => {
    const { source, what, count, message: reason, code } = message as SaltFault
    const things = plural(count, what === 'dropped' ? 'event' : 'connection')
    log.write('warn', `${source}: ${things} ${what}: ${reason} (${code})`)
  })
}

/** Reports the longest stall of the event loop, and how many there were, at most once in a while. */
function reportStalls(log: HubLog): void {
  let waiting: { longest: Stall; count: number } | undefined
  const report = () => {
    if (waiting === undefined) return
    const { longest, count } = waiting
    waiting = undefined
    const times = count === 1 ? '' : `; ${count} stalls in ${STALLS_TOGETHER / 1000} s`
    log.write('warn', `the event loop stood still for ${stallText(longest)}${times}`)
  }
  subscribe('tocsin:hub:stall', (message) => {
    const stall = message as Stall
    if (waiting === undefined) setTimeout(report, STALLS_TOGETHER).unref()
    waiting ??= { longest: stall, count: 0 }
    waiting.count++
    if (stall.ms > waiting.longest.ms) waiting.longest = stall
  })
}

/** Reports once that the log does not accept events, and once that it accepts them again. */
function reportLog(log: HubLog): void {
  let reported: string | undefined
  let recovery: NodeJS.Timeout | undefined
  subscribe('tocsin:bus:suspended', (message) => {
    const { reason } = message as { reason?: unknown }
    clearTimeout(recovery)
    if (reason instanceof TocsinError) {
      // The hub stops, and has said so.
      if (reason.code === 'TCN_LOG_CLOSED') return
      if (reported !== reason.code) log.write('error', `publishers wait: ${reason.message} (${reason.code})`)
      reported = reason.code
    } else if (reported !== undefined) {
      recovery = setTimeout(() => {
        log.write('info', 'the log accepts events again')
        reported = undefined
      }, WELL_AFTER).unref()
    }
  })
}

/**
 * Suppresses commit errors that lmdb prints with a stack although it also rejects with them. The hub reports them with
 * their code.
 */
export function quietLmdb(): void {
  const print = console.error
  console.error = (...values: unknown[]) => {
    if (!isOfCommit(values[0])) print(...values)
  }
}

/** The errors of lmdb have the number of the system or of LMDB as their code. */
function isOfCommit(value: unknown): boolean {
  return value instanceof Error && typeof (value as { code?: unknown }).code === 'number'
}

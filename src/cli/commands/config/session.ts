import { hostname, userInfo } from 'node:os'
import type { Command } from 'commander'
import { TocsinError } from '../../../errors/tocsin-error.js'
import { type ReportOptions, reportOptions } from '../../help/options.js'
import { sharedOption } from '../../help/vocabulary.js'
import { PATIENT } from './patience.js'

export interface SessionOptions extends ReportOptions {
  session?: string
  force?: boolean
}

export function sessionOptions(command: Command): Command {
  return reportOptions(
    command
      .addOption(sharedOption('--session', { usual: 'your name and host' }))
      .addOption(
        sharedOption('--force', { note: 'takes over from another session, and drops its candidate' }),
      ),
    PATIENT,
  )
}

export function sessionParams(options: SessionOptions) {
  return { session: sessionOf(options), ...(options.force ? { force: true } : {}) }
}

/** Each command has a connection of its own, so the session needs a name. */
export function sessionOf({ session = `${userName()}@${hostname()}` }: { session?: string }): string {
  if (session.length <= 128 && /^[^\p{Cc}]+$/u.test(session)) return session
  throw new TocsinError('TCN_USAGE', '--session: a name is 1 to 128 characters, no control character')
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'unknown')
  }
}

import { formatTime } from '../../../event/position.js'
import type {
  CommitInfo,
  ConfigChange,
  ConfigCommitted,
  ConfigDiff,
} from '../../../methods/contract/index.js'
import type { Io } from '../../io.js'
import { report } from '../../output/report.js'
import type { Column } from '../../terminal/table.js'
import { escapeText } from '../../terminal/text.js'

/** Lines about the candidate. */
export function diffLines({ changes, candidate, unconfirmed }: Omit<ConfigDiff, 'revision'>): string[] {
  const lines = changes.length === 0 ? ['no changes'] : changes.map(changeLine)
  if (candidate !== undefined) {
    const { user, session, since } = candidate
    lines.push(`edited by ${escapeText(session ?? user)} since ${formatTime(since)}, not committed yet`)
  }
  return unconfirmed === undefined ? lines : [...lines, waitingText(unconfirmed)]
}

const SIGNS = { create: '+', modify: '~', delete: '-' }

function changeLine({ key, op, effect, entry, order, ...change }: ConfigChange): string {
  const values = [
    ...('old' in change ? [valueText(change.old)] : []),
    ...('new' in change ? [valueText(change.new)] : []),
  ]
  const about = [...(entry === undefined ? [] : [entry]), ...(order ? ['order'] : [])]
  const when = effect === 'restart' ? ' (after a restart)' : ''
  const place = about.length === 0 ? key : `${key} (${about.join(', ')})`
  return escapeText(`${SIGNS[op]} ${place}: ${values.join(' -> ')}${when}`)
}

/** Warnings about a candidate that cannot be committed as it is. */
export function problemLines({ problems = [] }: ConfigDiff): string[] {
  return problems.map(({ key, message }) => escapeText(`warning: ${key === '' ? '' : `${key}: `}${message}`))
}

/** Prints what the candidate would change, and what is wrong with it. */
export async function reportDiff(io: Io, format: string | undefined, diff: ConfigDiff): Promise<void> {
  await report(io, format, [diff], () => diffLines(diff))
  for (const line of problemLines(diff)) io.note(line)
}

function valueText(value: unknown): string {
  return typeof value === 'string' && value !== '' ? value : JSON.stringify(value)
}

/** Lines about a commit, a rollback or an abort. */
export function committedLines({ commit, applied, restart }: ConfigCommitted): string[] {
  const { number, state } = commit
  const lines = [state === 'reverted' ? `${allOf(commit)} reverted` : `commit ${number} is in effect`]
  if (applied.length > 0) lines.push(`in effect at once: ${applied.join(', ')}`)
  if (restart.length > 0) lines.push(`needs a restart: ${restart.join(', ')}`)
  return (state === 'unconfirmed' ? [...lines, waitingText(commit)] : lines).map(escapeText)
}

function waitingText(commit: CommitInfo): string {
  const { until = 0, extends: extended } = commit
  const it = extended === undefined ? 'it' : 'them'
  return `${allOf(commit)} reverted at ${formatTime(until)} unless you keep ${it}: tocsin config confirm`
}

function allOf({ number, extends: extended }: CommitInfo): string {
  return extended === undefined ? `commit ${number} is` : `commit ${number} and what it extends are`
}

export const commitColumns: readonly Column<CommitInfo>[] = [
  { title: 'NUMBER', text: ({ number }) => String(number), right: true },
  { title: 'TIME', text: ({ time }) => formatTime(time) },
  { title: 'BY', text: ({ user, session }) => session ?? user, flexible: true },
  { title: 'STATE', text: ({ state }) => state },
  { title: 'LABEL', text: ({ label = '' }) => label, flexible: true },
  { title: 'CHANGED', text: ({ keys }) => keys.join(' '), flexible: true },
  { title: 'COMMENT', text: ({ comment = '' }) => comment, flexible: true },
]

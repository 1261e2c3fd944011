import { SEVERITIES } from './alert.js'
import type { NoticeData } from './notice.js'

/** Alerts that a notice lists; of more, it has the number. */
const MAX_LISTED = 50
const MAX_SUMMARY = 1024

/** The parts of an alert that a notice of its group has. */
export type ListedAlert = Pick<
  NoticeData,
  'rule' | 'key' | 'status' | 'severity' | 'summary' | 'labels' | 'start' | 'end'
>

/** The data of a notice about a group, which is to sinks as one alert: it ends when all alerts of it have ended. */
export interface GroupNotice extends NoticeData {
  readonly alerts: readonly ListedAlert[]
  /** Alerts of the group that are not listed. */
  readonly more?: number
}

/** `alerts`: at least one. */
export function groupNotice(
  id: string,
  labels: Readonly<Record<string, string>>,
  alerts: readonly NoticeData[],
): GroupNotice {
  const sorted = [...alerts].sort(worstFirst)
  const [worst] = sorted
  const firing = sorted.filter(isFiring)
  const ends = sorted.flatMap(({ end }) => end ?? []).sort()
  const left = sorted.length - MAX_LISTED
  return {
    ...{ rule: worst.rule, key: id, status: worst.status, severity: worst.severity, labels },
    summary: summaryOfGroup(sorted, firing.length),
    start: sorted.map(({ start }) => start).sort()[0],
    ...(firing.length === 0 && ends.length > 0 && { end: ends[ends.length - 1] }),
    count: sorted.reduce((sum, { count }) => sum + count, 0),
    ...{ first: worst.first, last: worst.last },
    alerts: sorted.slice(0, MAX_LISTED).map(listed),
    ...(left > 0 && { more: left }),
  }
}

function summaryOfGroup(sorted: readonly NoticeData[], firing: number): string {
  const [worst] = sorted
  if (sorted.length === 1) return worst.summary
  const ended = sorted.length - firing
  const counts = [firing > 0 && `${firing} firing`, ended > 0 && `${ended} resolved`].filter(Boolean)
  const text = `${counts.join(', ')}: ${sorted
    .slice(0, MAX_LISTED)
    .map(({ status, summary }) => (status === 'resolved' && firing > 0 ? `${summary} (resolved)` : summary))
    .join('; ')}`
  return text.length <= MAX_SUMMARY ? text : `${text.slice(0, MAX_SUMMARY - 1)}…`
}

function listed({ rule, key, status, severity, summary, labels, start, end }: NoticeData): ListedAlert {
  return { rule, key, status, severity, summary, labels, start, ...(end !== undefined && { end }) }
}

function isFiring({ status }: NoticeData): boolean {
  return status === 'firing'
}

/** The order is always the same. */
function worstFirst(one: NoticeData, other: NoticeData): number {
  const rank = (alert: NoticeData) =>
    (isFiring(alert) ? 0 : SEVERITIES.length) + SEVERITIES.indexOf(alert.severity)
  if (rank(one) !== rank(other)) return rank(one) - rank(other)
  if (one.start !== other.start) return one.start < other.start ? -1 : 1
  return one.key < other.key ? -1 : 1
}

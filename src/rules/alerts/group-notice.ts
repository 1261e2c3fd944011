import { SEVERITIES } from './alert.js'
import type { NoticeData } from './notice.js'

/** Alerts that a notice lists; of more, it has the number. */
const MAX_LISTED = 50
const MAX_SUMMARY = 1024

/** The parts of an alert that a notice of its group has. */
export type ListedAlert = Pick<
  NoticeData,
  'rule' | 'key' | 'status' | 'severity' | 'summary' | 'labels' | 'start' | 'end' | 'count'
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

/** Single facts of one key that wait together are one in the notice, which has their number. */
export function withFacts(data: NoticeData, before: NoticeData): NoticeData {
  if (data.endless !== true || before.endless !== true) return data
  const { start, first, count } = before
  return { ...data, start, first, count: count + data.count }
}

function summaryWithCount({ summary, endless, count }: NoticeData): string {
  return endless === true && count > 1 ? `${summary} (${count} times)` : summary
}

function summaryOfGroup(sorted: readonly NoticeData[], firing: number): string {
  const [worst] = sorted
  if (sorted.length === 1) return summaryWithCount(worst)
  const ended = sorted.length - firing
  const counts = [firing > 0 && `${firing} firing`, ended > 0 && `${ended} resolved`].filter(Boolean)
  const text = `${counts.join(', ')}: ${sorted
    .slice(0, MAX_LISTED)
    .map((each) => (!isFiring(each) && firing > 0 ? `${each.summary} (resolved)` : summaryWithCount(each)))
    .join('; ')}`
  return text.length <= MAX_SUMMARY ? text : `${text.slice(0, MAX_SUMMARY - 1)}…`
}

function listed({
  rule,
  key,
  status,
  severity,
  summary,
  labels,
  start,
  end,
  count,
}: NoticeData): ListedAlert {
  const times = { start, ...(end !== undefined && { end }) }
  return { rule, key, status, severity, summary, labels, ...times, count }
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

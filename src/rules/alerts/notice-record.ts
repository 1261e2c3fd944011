import { isCount, isObject } from '../../event/json/object.js'
import { isOneOf } from '../../event/one-of.js'
import { SEVERITIES } from './alert.js'
import { isLabels } from './alert-record.js'
import type { AlertNotice, NoticeData } from './notice.js'

export type NoticeSnapshot = [
  data: NoticeData,
  isTold: boolean,
  at: number,
  cause: string,
  ...chain: string[],
]

export function noticeSnapshot({ data, isTold, at, cause, chain }: AlertNotice): NoticeSnapshot {
  return [data, isTold, at, cause, ...chain]
}

export function noticeFrom([data, isTold, at, cause, ...chain]: NoticeSnapshot): AlertNotice {
  return { data, isTold, at, cause, chain }
}

export function isNoticeSnapshot(value: unknown): value is NoticeSnapshot {
  if (!Array.isArray(value)) return false
  const [data, isTold, at, ...causes] = value
  const hasCauses = causes.length > 0 && causes.every((each) => typeof each === 'string')
  return isNoticeData(data) && typeof isTold === 'boolean' && Number.isSafeInteger(at) && hasCauses
}

export function isNoticeData(value: unknown): value is NoticeData {
  if (!isObject(value) || value instanceof Map) return false
  const { rule, key, status, severity, summary, labels, start, end, count, first, last } = value
  return (
    [rule, key, summary, start, end ?? '', first, last].every((each) => typeof each === 'string') &&
    isCount(count) &&
    (status === 'firing' || status === 'resolved') &&
    isOneOf(SEVERITIES, severity) &&
    isLabels(labels)
  )
}

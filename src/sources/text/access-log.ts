import type { SeverityName } from './severity.js'

const quoted = '"((?:[^"\\\\]|\\\\.)*)"'
const line = new RegExp(
  `^(\\S+) (\\S+) (\\S+) \\[([^\\]]{1,64})\\] ${quoted} (\\d{3}) (\\d+|-)(?: ${quoted} ${quoted})?(?: (.*))?$`,
)

export interface AccessLogLine {
  fields: Record<string, unknown>
  time: string
  severity: SeverityName
  message: string
}

/** Reads a line in the common or the combined format of Apache and nginx; undefined for any other. */
export function parseAccessLog(text: string): AccessLogLine | undefined {
  const match = line.exec(text)
  if (match === null) return undefined
  const [, remote, , user, time, request, status, bytes, referer, agent, rest] = match
  const [method, path, protocol] = request.split(' ')
  const fields = given({
    remote,
    user: dashless(user),
    ...(protocol === undefined ? {} : { method, path, protocol }),
    status: Number(status),
    bytes: bytes === '-' ? 0 : Number(bytes),
    referer: dashless(referer),
    agent: dashless(agent),
    rest,
  })
  return { fields, time, severity: severityOfStatus(Number(status)), message: `${request} ${status}` }
}

function dashless(text: string | undefined): string | undefined {
  return text === '-' || text === '' ? undefined : text
}

function severityOfStatus(status: number): SeverityName {
  if (status >= 500) return 'err'
  return status >= 400 ? 'warning' : 'info'
}

function given(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

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
  const code = Number(status)
  const fields: Record<string, unknown> = { remote }
  add(fields, 'user', dashless(user))
  const [method, path, protocol] = request.split(' ')
  if (protocol !== undefined) Object.assign(fields, { method, path, protocol })
  fields.status = code
  fields.bytes = bytes === '-' ? 0 : Number(bytes)
  add(fields, 'referer', dashless(referer))
  add(fields, 'agent', dashless(agent))
  add(fields, 'rest', rest)
  return { fields, time, severity: severityOfStatus(code), message: `${request} ${status}` }
}

function dashless(text: string | undefined): string | undefined {
  return text === '-' || text === '' ? undefined : text
}

function severityOfStatus(status: number): SeverityName {
  if (status >= 500) return 'err'
  return status >= 400 ? 'warning' : 'info'
}

function add(fields: Record<string, unknown>, name: string, value: string | undefined): void {
  if (value !== undefined) fields[name] = value
}

import { type SeverityName, severityNames } from '../../event/severity.js'
import { facilityNames } from '../../protocols/syslog/facilities.js'

/** A record of the log of the kernel. */
export interface KernelRecord {
  severity: SeverityName
  facility: string
  /** Number since the host was started. */
  number: number
  /** µs since the host was started */
  uptime: number
  message: string
  caller?: string
  continued?: true
  /** Such as SUBSYSTEM and DEVICE. */
  fields?: Record<string, string>
}

const head = /^(\d{1,10}),(\d{1,16}),(\d{1,16}),([^;]{0,256});/

/**
 * Reads a record as /dev/kmsg gives it: `priority,number,time,flags;text`, and a line ` KEY=value` for each field.
 * Undefined for anything else.
 */
export function parseRecord(text: string): KernelRecord | undefined {
  const match = head.exec(text)
  if (match === null) return undefined
  const [whole, priority, number, uptime, flags] = match
  const [message, ...lines] = text.slice(whole.length).replace(/\n$/, '').split('\n')
  const facility = Number(priority) >> 3
  const record: KernelRecord = {
    severity: severityNames[Number(priority) & 7],
    facility: facilityNames[facility] ?? String(facility),
    number: Number(number),
    uptime: Number(uptime),
    message: unescaped(message),
  }
  const [first, ...more] = flags.split(',')
  if (first.includes('c')) record.continued = true
  const caller = more.find((each) => each.startsWith('caller='))
  if (caller !== undefined) record.caller = caller.slice('caller='.length)
  const fields = fieldsOf(lines)
  if (fields !== undefined) record.fields = fields
  return record
}

function fieldsOf(lines: readonly string[]): Record<string, string> | undefined {
  const pairs = lines.flatMap((line) => {
    const match = /^ ([^=]{1,64})=(.*)$/s.exec(line)
    return match === null ? [] : [[match[1], unescaped(match[2])] as const]
  })
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs)
}

/** The kernel writes bytes that are not printable ASCII as `\x41`, those of UTF-8 too. */
function unescaped(text: string): string {
  if (!text.includes('\\x')) return text
  return text.replace(/(?:\\x[0-9a-f]{2})+/gi, (run) =>
    Buffer.from(run.replaceAll('\\x', ''), 'hex').toString('utf8'),
  )
}

import { parseTime } from '../../event/position.js'

/** The state of a unit as systemd reports it. */
export interface UnitState {
  /** Such as `ssh.service`. */
  unit: string
  description: string
  /** `active`, `inactive`, `failed`, `activating`, `deactivating`, `reloading` or `maintenance`. */
  state: string
  /** The finer state of units of its kind, such as `running` or `exited`. */
  detail: string
  /** Why it failed: `success` if it did not. */
  result: string
  /** Exit code or signal of the main process. */
  code: number | undefined
  /** The number of times that systemd has started it again by itself. */
  restarts: number
  /** Changes when it is started. */
  invocation: string
  /** µs since the epoch */
  since: number | undefined
}

export const PROPERTIES = [
  'Id',
  'Description',
  'ActiveState',
  'SubState',
  'Result',
  'ExecMainStatus',
  'NRestarts',
  'InvocationID',
  'StateChangeTimestamp',
]

/** Reads the output of `systemctl show`: a block of lines `Name=value` for each unit. */
export function parseUnits(output: string): UnitState[] {
  return output.split(/\n\n+/).flatMap((block) => {
    const fields = Object.fromEntries(block.split('\n').map((line) => pairOf(line)))
    const { Id: unit, Description: description = '', ActiveState: state } = fields
    if (!unit || !state) return []
    return [
      {
        unit,
        description,
        state,
        detail: fields.SubState ?? '',
        result: fields.Result ?? 'success',
        code: numberOf(fields.ExecMainStatus),
        restarts: numberOf(fields.NRestarts) ?? 0,
        invocation: fields.InvocationID ?? '',
        since: timeOf(fields.StateChangeTimestamp ?? ''),
      },
    ]
  })
}

function pairOf(line: string): [string, string] {
  const at = line.indexOf('=')
  return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)]
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}

/** Such as `Sat 2026-11-21 02:54:26 UTC`. */
function timeOf(text: string): number | undefined {
  const match = /^\w{3} (\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2}) UTC$/.exec(text)
  return match === null ? undefined : parseTime(`${match[1]}T${match[2]}Z`)
}

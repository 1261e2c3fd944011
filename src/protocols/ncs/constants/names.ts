import * as events from './events.js'
import * as library from './library.js'

/** Every constant by its name. */
// Its own type, because the compiler's declaration of a spread drops the digits of negative constants.
export const constants: Readonly<typeof events & typeof library> = { ...events, ...library }
export type ConstantName = keyof typeof constants

/** The parts of names by which the constants of one field are found. */
const families = {
  confirm: ['CONFIRMED_COMMIT', 'CONFIRMING_COMMIT', 'ABORT_COMMIT'],
  userSession: ['USER_SESS_'],
  ha: ['HA_INFO_'],
  haError: ['ERR_HA_'],
  subagent: ['SUBAGENT_INFO_'],
  forward: ['FORWARD_INFO_'],
  provider: ['DP_'],
  upgrade: ['UPGRADE_'],
  attribute: ['PROGRESS_ATTRIBUTE_'],
  progress: ['PROGRESS_START', 'PROGRESS_STOP', 'PROGRESS_INFO'],
  stream: ['STREAM_'],
  compactionFile: ['COMPACTION_A_CDB', 'COMPACTION_O_CDB', 'COMPACTION_S_CDB'],
  compaction: ['COMPACTION_AUTOMATIC', 'COMPACTION_MANUAL'],
  queueItem: ['NCS_CQ_ITEM_'],
  callHome: ['CALL_HOME_'],
  database: [
    'NO_DB',
    'CANDIDATE',
    'RUNNING',
    'STARTUP',
    'OPERATIONAL',
    'TRANSACTION',
    'PRE_COMMIT_RUNNING',
    'INTENDED',
  ],
  proto: ['PROTO_'],
  lockMode: ['USESS_LOCK_MODE_'],
  pdu: ['SNMPA_PDU_'],
  verbosity: ['VERBOSITY_'],
  operation: ['MOP_'],
} as const satisfies Record<string, readonly string[]>
export type Family = keyof typeof families

/** The names of the families asked for. */
const namesByFamily = new Map<Family, ReadonlyMap<number, string>>()

function namesOf(parts: readonly string[]): Map<number, string> {
  const names = new Map<number, string>()
  for (const [name, value] of Object.entries(constants)) {
    if (belongsTo(parts, name) && !isOlder(name)) names.set(value, name)
  }
  return names
}

function belongsTo(parts: readonly string[], name: string): boolean {
  return parts.some((part) => (part.endsWith('_') ? name.startsWith(part) : name === part))
}

/** Both names of a role are read; a number is shown by the newer one. */
function isOlder(name: string): boolean {
  return /_(NOMASTER|IS_MASTER|SLAVE_\w+|BESLAVE_\w+)$/.test(name)
}

/**
 * The name of a number of one field, such as `USER_SESS_START`.
 *
 * @example
 * constantName('ha', 1) // 'HA_INFO_NOPRIMARY'
 */
export function constantName(family: Family, value: number): string | undefined {
  let names = namesByFamily.get(family)
  if (names === undefined) {
    names = namesOf(families[family])
    namesByFamily.set(family, names)
  }
  return names.get(value)
}

/** The number of a name in one field. */
export function constantIn(family: Family, name: string): number | undefined {
  return belongsTo(families[family], name.replace(/^CONFD_/, '')) ? constantValue(name) : undefined
}

/**
 * The value of a name, with or without the prefix `CONFD_` that the constants have in C.
 *
 * @example
 * constantValue('CONFD_EOF') // -2
 */
export function constantValue(name: string): number | undefined {
  const own = name in constants ? name : name.replace(/^CONFD_/, '')
  return Object.hasOwn(constants, own) ? constants[own as ConstantName] : undefined
}

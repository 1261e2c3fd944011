import { catalogue, type ErrorCode } from '../../errors/catalogue.js'

/** The exit codes of every command. Scripts rely on them: they do not change. */
export const Exit = {
  ok: 0,
  failed: 1,
  usage: 2,
  unreachable: 3,
  refused: 4,
  nothing: 5,
  gap: 6,
  interrupted: 130,
} as const

export const exitMeanings: readonly (readonly [code: number, meaning: string])[] = [
  [Exit.ok, 'success; also when the reader of the output closed it (| head)'],
  [Exit.failed, 'failed: the message gives the reason'],
  [Exit.usage, 'usage: the command line, one of its values or the configuration is not valid'],
  [Exit.unreachable, 'unreachable: no hub answers'],
  [Exit.refused, 'refused: the hub rejected the request'],
  [Exit.nothing, 'nothing in time: --timeout or --duration passed without a result'],
  [Exit.gap, 'gap: events are missing, and --strict was given'],
  [Exit.interrupted, 'interrupted with Ctrl-C or a signal'],
]

const usage: readonly ErrorCode[] = [
  'TCN_USAGE',
  'TCN_INPUT_INVALID',
  'TCN_RANGE_INVALID',
  'TCN_CURSOR_FOREIGN',
  'TCN_CURSOR_INVALID',
  'TCN_CLOUDEVENT_INVALID',
  'TCN_FILTER_SYNTAX',
  'TCN_FILTER_PATTERN_TOO_LONG',
  'TCN_FILTER_REGEX',
  'TCN_FILTER_TOO_COMPLEX',
  'TCN_TAG_EMPTY',
  'TCN_TAG_TOO_LONG',
  'TCN_TAG_CONTROL',
  'TCN_TAG_UTF8',
  'TCN_CONSUMER_INVALID',
  'TCN_CONSUMER_REQUIRED',
  'TCN_METHOD_PARAMS',
  'TCN_CLIENT_ADDRESS',
  'TCN_CONTEXT_UNKNOWN',
  'TCN_CLIENT_PATH_TOO_LONG',
  'TCN_CONFIG_SYNTAX',
  'TCN_CONFIG_INVALID',
  'TCN_SALT_TAG',
  'TCN_SALT_NOT_SUBSCRIBED',
  'TCN_SALT_DATA',
  'TCN_SALT_CONFIG',
]

const refused: readonly ErrorCode[] = [
  'TCN_ACCESS_DENIED',
  'TCN_ACCESS_UNKNOWN',
  'TCN_ACCESS_LOCAL',
  'TCN_ACCESS_TOKEN',
  'TCN_CONTEXT_READ_ONLY',
  'TCN_ACCESS_TRIES',
  'TCN_ACCESS_BUSY',
  'TCN_TOKEN_UNKNOWN',
  'TCN_TOKEN_CONFLICT',
  'TCN_TOKEN_RIGHTS',
  'TCN_TOKEN_ROTATING',
  'TCN_TOKEN_TOO_MANY',
  'TCN_PASSWORD_UNKNOWN',
  'TCN_TAG_RESERVED',
  'TCN_ORIGIN_FOREIGN',
  'TCN_ORIGIN_TOO_LONG',
  'TCN_KIND_RESERVED',
  'TCN_FRAME_TOO_LARGE',
  'TCN_BODY_DEPTH',
  'TCN_BODY_INVALID',
  'TCN_BODY_UNSUPPORTED',
  'TCN_BODY_TRAILING',
  'TCN_ATTRIBUTES_INVALID',
  'TCN_ATTRIBUTES_TOO_LARGE',
  'TCN_FILTER_TOO_MANY',
  'TCN_BUS_SUSPENDED',
  'TCN_BUS_LAG',
  'TCN_BUS_PRODUCER_TAKEN_OVER',
  'TCN_GATE_TOO_MANY',
  'TCN_BUS_CLOSED',
  'TCN_PROTOCOL_TOO_MANY',
  'TCN_PROTOCOL_VERSION',
  'TCN_METHOD_UNKNOWN',
  'TCN_LOG_FULL',
  'TCN_LOG_READ_ONLY',
  'TCN_LOG_NOT_DURABLE',
  'TCN_CONSUMER_UNKNOWN',
  'TCN_CONSUMER_CONFLICT',
  'TCN_PARKED_UNKNOWN',
  'TCN_EVENT_UNKNOWN',
]

const exits = new Map<ErrorCode, number>([
  ...usage.map((code) => [code, Exit.usage] as const),
  ...refused.map((code) => [code, Exit.refused] as const),
  ['TCN_CLIENT_UNREACHABLE', Exit.unreachable],
  ['TCN_SALT_CLOSED', Exit.unreachable],
  ['TCN_CLIENT_TIMEOUT', Exit.nothing],
  ['TCN_BUS_GAP', Exit.gap],
])

export function exitOf(code: ErrorCode): number {
  return exits.get(code) ?? catalogue[code]?.exit ?? Exit.failed
}

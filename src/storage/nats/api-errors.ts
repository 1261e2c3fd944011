import type { ErrorCode } from '../../errors/catalogue.js'

interface Refusals {
  readonly code: ErrorCode
  /** JetStream's numbers, each with the setting of nats-server that makes it refuse, if there is one. */
  readonly numbers: Readonly<Record<number, string>>
}

/** Answers of JetStream that stay the same until somebody changes a configuration or makes room. */
const REFUSALS: readonly Refusals[] = [
  {
    code: 'TCN_NATS_LIMIT',
    numbers: {
      10026: 'max_consumers',
      10027: 'max_streams',
      10028: 'max_mem of the account, or max_memory_store of the server',
      10113: 'max_bytes_required',
      10120: 'the limits of the account for this number of replicas',
      10122: 'max_stream_bytes',
      10153: 'max_inactive_threshold',
    },
  },
  // The limit of the account, of the server, for a new stream, and when a message is written.
  { code: 'TCN_NATS_FULL', numbers: { 10002: '', 10023: '', 10047: '', 10077: '' } },
  { code: 'TCN_NATS_JETSTREAM', numbers: { 10039: '', 10076: '' } },
  { code: 'TCN_NATS_PAYLOAD', numbers: { 10054: '', 10097: '' } },
  {
    code: 'TCN_NATS_STREAM',
    numbers: {
      // No server left for a replica, and replicas without a cluster, or of another number.
      ...{ 10005: '', 10011: '', 10061: '', 10074: '' },
      // Another stream has the name or the subjects, is sealed, or is a mirror.
      ...{ 10055: '', 10058: '', 10065: '', 10109: '' },
      // The settings are not valid, or not supported.
      ...{ 10036: '', 10052: '', 10185: '' },
    },
  },
]

/** Answers of servers that are busy with the same or with other requests, though their class is that of refusals. */
const BUSY = new Set([10124, 10158, 10167])

const byNumber = new Map(
  REFUSALS.flatMap(({ code, numbers }) =>
    Object.entries(numbers).map(([number, setting]) => [Number(number), { code, setting }] as const),
  ),
)

/** The meaning of a number, and the setting behind it; undefined for one that is not known. */
export function refusalOf(number: number): { code: ErrorCode; setting: string } | undefined {
  return byNumber.get(number)
}

/** Returns whether an answer is final. `status`: from 500 on, servers or their cluster are not ready. */
export function isFinal(number: number, status: number): boolean {
  return byNumber.has(number) || (status < 500 && !BUSY.has(number))
}

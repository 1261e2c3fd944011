import { type ErrorEntry, entry } from './error-entry.js'
import { networkErrors } from './network-errors.js'
import { saltErrors } from './salt-errors.js'
import { saltRestErrors } from './salt-rest-errors.js'

export type { ErrorEntry }

/** All error codes of Tocsin: `TCN_<AREA>_<WHAT>`. `docs/reference/errors.md` is generated from this. */
export const catalogue = {
  TCN_FRAME_TOO_LARGE: entry(
    413,
    'the frame is larger than this listener takes',
    'Send a smaller event, or raise limits.frame on the hub.',
  ),
  TCN_FRAME_LENGTH: entry(
    400,
    'a length in the frame does not fit the bytes that are there',
    'The sender is faulty; compare it with docs/reference/protocol.md.',
  ),
  TCN_FRAME_FLAGS: entry(
    400,
    'the frame has a flag bit that a publisher may not set',
    'Publish with flags 0.',
  ),
  TCN_FRAME_SEPARATOR: entry(
    400,
    'the two line feeds between tag and body are missing',
    'The sender is faulty; compare it with docs/reference/protocol.md.',
  ),
  TCN_TAG_EMPTY: entry(400, 'the tag is empty', 'Give the event a tag of 1 to 1024 bytes.'),
  TCN_TAG_TOO_LONG: entry(
    400,
    'the tag is longer than 1024 bytes',
    'Shorten the tag; put the detail into the body.',
  ),
  TCN_TAG_CONTROL: entry(
    400,
    'the tag has a control character',
    'Percent-encode foreign names with `tagSegment()` before they go into a tag.',
  ),
  TCN_TAG_UTF8: entry(
    400,
    'the tag is not valid UTF-8',
    'Percent-encode foreign names with `tagSegment()` before they go into a tag.',
  ),
  TCN_TAG_RESERVED: entry(403, 'tags under `hub` belong to the hub', 'Choose another first segment.'),
  TCN_ORIGIN_UTF8: entry(400, 'the source is not valid UTF-8', 'Send the source as UTF-8 text.'),
  TCN_ORIGIN_TOO_LONG: entry(400, 'the source is longer than 255 bytes', 'Shorten the source.'),
  TCN_ORIGIN_FOREIGN: entry(
    403,
    'the source does not begin with a prefix that this principal owns',
    'Use the source that `welcome` names, or give the principal the right `produce`.',
  ),
  TCN_KIND_RESERVED: entry(
    403,
    'a kind other than 0 needs the right `produce`',
    'Publish with kind 0, or give the principal the right `produce`.',
  ),
  TCN_ATTRIBUTES_INVALID: entry(
    400,
    'the attributes are not a map of text keys to text, integer or boolean',
    'Send CloudEvents context attributes only.',
  ),
  TCN_ATTRIBUTES_TOO_LARGE: entry(
    400,
    'the attributes are larger than 8 KiB',
    'Put the content into the body.',
  ),
  TCN_BODY_INVALID: entry(
    400,
    'the body is not sound msgpack',
    'The sender is faulty: encode the body with a msgpack library.',
  ),
  TCN_BODY_DEPTH: entry(400, 'the body is nested deeper than 64 levels', 'Flatten the body.'),
  TCN_BODY_TRAILING: entry(400, 'bytes follow the body', 'Send exactly one msgpack value as body.'),
  TCN_CURSOR_INVALID: entry(
    400,
    'the cursor is not of the form <epoch>-<seq>',
    'Take a cursor from an event, `live` or `position`.',
  ),
  TCN_RANGE_INVALID: entry(
    400,
    'the position in the range is not understood',
    'Use start, end, now, -1h, an RFC 3339 time, @<seq> or a cursor.',
  ),
  TCN_CLOUDEVENT_INVALID: entry(
    400,
    'the CloudEvent is not valid',
    'See the CloudEvents 1.0 specification for the attribute named.',
  ),
  TCN_FILTER_SYNTAX: entry(
    400,
    'the filter is not understood',
    'See `tocsin explain --help` for the spellings of a filter.',
  ),
  TCN_FILTER_PATTERN_TOO_LONG: entry(
    400,
    'a pattern or an expression in the filter is too long',
    'Shorten it; the message says how long it may be.',
  ),
  TCN_FILTER_REGEX: entry(
    400,
    'the regular expression is not one that runs in linear time',
    'Leave out look-around, back references and repeats over 100.',
  ),
  TCN_FILTER_TOO_COMPLEX: entry(
    400,
    'the filter has too many parts',
    'Split the subscription, or use a prefix.',
  ),
  TCN_FILTER_TOO_MANY: entry(
    429,
    'this principal has too many filters without a literal prefix',
    'Begin the patterns with literal text, or raise limits.unanchoredFilters.',
  ),
  TCN_TYPE_INVALID: entry(
    400,
    'the definition of an event type is not valid',
    'See the type and the reason named.',
  ),
  TCN_LOG_LOCKED: entry(
    409,
    'another hub uses this data folder',
    'Stop the other hub, or give this one a folder of its own with --data.',
  ),
  TCN_LOG_NEWER: entry(
    409,
    'the log was written by a newer version of Tocsin',
    'Start the version that wrote it, or export there and import here.',
  ),
  TCN_LOG_CORRUPT: entry(
    500,
    'a stored part of the log does not match its checksum',
    'Run `tocsin log verify`; restore the events from a copy or another hub.',
  ),
  TCN_LOG_FULL: entry(
    503,
    'there is no room on the disk of the log',
    'Make room; the hub goes on by itself.',
  ),
  TCN_LOG_READ_ONLY: entry(
    507,
    'the log cannot be written',
    'Check mount options and permissions of the data folder; the hub goes on by itself.',
  ),
  TCN_LOG_WRITE: entry(
    500,
    'the log could not store or flush events',
    'See the reason given; check the disk.',
  ),
  TCN_LOG_NOT_DURABLE: entry(
    409,
    'this log keeps events in memory only',
    'Ask for `accepted`, or run the hub with log.engine: lmdb.',
  ),
  TCN_LOG_CLOSED: entry(503, 'the log is closed', 'The hub is stopping; connect again.'),
  TCN_STATE_CONFLICT: entry(
    409,
    'the stored value was changed by somebody else',
    'Read it again and repeat the change.',
  ),
  TCN_STATE_INVALID: entry(
    400,
    'a bucket name, key or value of the state store is not valid',
    'Keys are 1 to 512 bytes of text without control characters.',
  ),
  TCN_STATE_WRITE: entry(
    500,
    'a value could not be stored',
    'See the reason given; check the disk of the data folder.',
  ),
  TCN_STATE_CORRUPT: entry(
    500,
    'the state store cannot be read',
    'Restore the data folder from a copy, or move its state folder away to begin anew.',
  ),
  TCN_STATE_NEWER: entry(
    409,
    'the state store was written by a newer version of Tocsin',
    'Start the version that wrote it, or move its state folder away to begin anew.',
  ),
  TCN_STATE_CLOSED: entry(503, 'the state store is closed', 'The hub is stopping; connect again.'),
  TCN_BUS_LAG: entry(
    409,
    'the subscriber fell too far behind and was closed',
    'Read faster, narrow the filter, or use the lag policy catch-up.',
  ),
  TCN_BUS_GAP: entry(
    410,
    'events are missing here',
    'See `tocsin gaps` for what is missing and why; go on from the cursor named.',
  ),
  TCN_BUS_SUSPENDED: entry(
    503,
    'the hub takes no events for now: too much waits for the disk',
    'Send again after a pause.',
  ),
  TCN_BUS_PRODUCER_TAKEN_OVER: entry(
    409,
    'another connection publishes with the same producer name',
    'Give every publisher a producer name of its own.',
  ),
  TCN_BUS_COUNTER: entry(
    400,
    'the counter of a producer did not rise, or is over 2^53',
    'Count every event of one producer upwards.',
  ),
  TCN_BUS_CLOSED: entry(503, 'the hub is stopping', 'Connect again.'),
  TCN_CONSUMER_UNKNOWN: entry(
    404,
    'there is no consumer of this name',
    'See `tocsin consumers` for the names.',
  ),
  TCN_CONSUMER_CONFLICT: entry(
    409,
    'the consumer exists with another filter',
    'Use the same filter, another name, or remove the consumer first.',
  ),
  TCN_CONSUMER_INVALID: entry(
    400,
    'the name or the settings of the consumer are not valid',
    'Names are 1 to 128 letters, digits, dots, dashes and underscores.',
  ),
  TCN_PARKED_UNKNOWN: entry(404, 'there is no such parked event', 'See `tocsin parked` for what is there.'),
  TCN_GATE_UNKNOWN: entry(400, 'this gate is not open', 'Answer a gate only once and before its deadline.'),
  TCN_EVENT_EXPIRED: entry(
    404,
    'the event is older than what the log keeps',
    'See log.retention; read from `start` for the oldest there is.',
  ),
  TCN_EVENT_UNKNOWN: entry(
    404,
    'there is no event under this cursor',
    'It may have expired, or the cursor belongs to another log.',
  ),
  TCN_CONFIG_UNREADABLE: entry(400, 'the configuration file cannot be read', 'Check path and permissions.'),
  TCN_CONFIG_SYNTAX: entry(400, 'the configuration file is not valid YAML', 'See the line named.'),
  TCN_CONFIG_INVALID: entry(
    400,
    'the configuration has an unknown key or a value that does not fit',
    'See file, line and key named.',
  ),
  TCN_CONTEXT_UNKNOWN: entry(404, 'there is no context of this name', 'See `tocsin context ls`.'),
  TCN_CONTEXT_FILE: entry(
    400,
    'the file of contexts cannot be used',
    'Mend the file named, or remove it and add the contexts again.',
  ),
  TCN_CONTEXT_READ_ONLY: entry(
    403,
    'the context is read-only',
    'Choose another with --context, or add it again without --readonly.',
  ),
  TCN_SCTP_TYPE: entry(
    400,
    'the platform has no SCTP notification of this type',
    'Name the platform the bytes are from, linux or freebsd.',
  ),
  TCN_SCTP_LENGTH: entry(
    400,
    'an SCTP notification is shorter or longer than its type or its own length says',
    'Put short reads together until MSG_EOR, and give exactly the bytes of one notification.',
  ),
  TCN_SCTP_STATE: entry(
    400,
    'the state in an SCTP notification is not known',
    'Name the platform the bytes are from, linux or freebsd.',
  ),
  TCN_SCTP_CAUSE: entry(
    400,
    'the error causes of an SCTP chunk are cut off or overlap',
    'Give the ABORT or ERROR chunk, or the causes within it, as they came.',
  ),
  TCN_SCTP_VALUE: entry(
    400,
    'a value does not fit its field of an SCTP notification',
    'See the field and the range named.',
  ),
  TCN_SCTP_ADDON: entry(
    501,
    'the addon for SCTP sockets is not there',
    'On Linux with a C compiler, run native/sctp/build.mjs of the package with node.',
  ),
  TCN_SCTP_KERNEL: entry(
    501,
    'the kernel has no SCTP',
    'Load its module: modprobe sctp; see that it is not blocked in /etc/modprobe.d.',
  ),
  TCN_SCTP_SOCKET: entry(
    502,
    'a system call on an SCTP socket failed',
    'See the call and the error of the system named.',
  ),
  TCN_BACKUP_INVALID: entry(
    422,
    'a backup is not complete or not sound',
    'Take the part named from another copy, or make a new backup.',
  ),
  TCN_BACKUP_FOREIGN: entry(
    409,
    'a backup is of another log',
    'Give each log a folder of its own for its backups.',
  ),
  TCN_RESTORE_NOT_EMPTY: entry(
    409,
    'there is something in the folder to restore into',
    'Name a new folder with --data; move the old one away when the new one is sound.',
  ),
  TCN_FORWARD_REFUSED: entry(
    502,
    'the target does not take an event',
    'See its answer; --skip-refused goes on with the next one.',
  ),
  TCN_FILE_UNREADABLE: entry(400, 'a file cannot be read', 'Check path and permissions.'),
  TCN_FILE_UNWRITABLE: entry(
    400,
    'a file cannot be written',
    'Check path, permissions and room on the disk.',
  ),
  TCN_FILE_EXISTS: entry(
    409,
    'a file that would be overwritten is there',
    'Choose another place, or overwrite it with --force.',
  ),
  TCN_USAGE: entry(400, 'the command line is not understood', 'See --help of the command.'),
  TCN_INPUT_INVALID: entry(400, 'the input is not valid JSON', 'See the line and position named.'),
  TCN_INTERNAL: entry(500, 'an internal error', 'Please report it with the message.'),
  ...networkErrors,
  ...saltErrors,
  ...saltRestErrors,
} satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof catalogue

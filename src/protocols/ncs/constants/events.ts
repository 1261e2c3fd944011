// The constants of the vendor's module `events`, by their names in Python. Newer and older names stand side by side.
// One `export const NAME = value` a line: generators of other languages read this file.

// Types of notifications. Each is one bit, so that several form a mask.
export const NOTIF_AUDIT = 1
export const NOTIF_DAEMON = 2
export const NOTIF_SYSLOG = 2
export const NOTIF_TAKEOVER_SYSLOG = 4
export const NOTIF_SYSLOG_TAKEOVER = 6
export const NOTIF_COMMIT_SIMPLE = 8
export const NOTIF_COMMIT_DIFF = 16
export const NOTIF_USER_SESSION = 32
export const NOTIF_HA_INFO = 64
export const NOTIF_SUBAGENT_INFO = 128
export const NOTIF_COMMIT_FAILED = 256
export const NOTIF_SNMPA = 512
export const NOTIF_FORWARD_INFO = 1024
export const NOTIF_NETCONF = 2048
export const NOTIF_DEVEL = 4096
export const NOTIF_HEARTBEAT = 8192
export const NOTIF_CONFIRMED_COMMIT = 16384
export const NOTIF_UPGRADE_EVENT = 32768
export const NOTIF_COMMIT_PROGRESS = 65536
export const NOTIF_AUDIT_SYNC = 131072
export const NOTIF_HEALTH_CHECK = 262144
export const NOTIF_STREAM_EVENT = 524288
export const NOTIF_HA_INFO_SYNC = 1048576
export const NCS_NOTIF_PACKAGE_RELOAD = 2097152
export const NCS_NOTIF_CQ_PROGRESS = 4194304
export const NOTIF_REOPEN_LOGS = 8388608
export const NOTIF_PROGRESS = 16777216
export const NCS_NOTIF_CALL_HOME_INFO = 33554432
export const NOTIF_JSONRPC = 67108864
export const NOTIF_WEBUI = 134217728
export const NCS_NOTIF_AUDIT_NETWORK = 268435456
export const NCS_NOTIF_AUDIT_NETWORK_SYNC = 536870912
export const NOTIF_COMPACTION = 1073741824
export const NOTIF_SYSTEM_GOING_DOWN = 2147483648

// `flags` of a commit (bits).
export const NOTIF_COMMIT_FLAG_CONFIRMED = 1
export const NOTIF_COMMIT_FLAG_CONFIRMED_EXTENDED = 2

// `confirm.type`
export const CONFIRMED_COMMIT = 1
export const CONFIRMING_COMMIT = 2
export const ABORT_COMMIT = 3

// `user_sess.type`
export const USER_SESS_START = 1
export const USER_SESS_STOP = 2
export const USER_SESS_LOCK = 3
export const USER_SESS_UNLOCK = 4
export const USER_SESS_START_TRANS = 5
export const USER_SESS_STOP_TRANS = 6

// `hnot.type`. Each role has a newer and an older name.
export const HA_INFO_NOPRIMARY = 1
export const HA_INFO_NOMASTER = 1
export const HA_INFO_SECONDARY_DIED = 2
export const HA_INFO_SLAVE_DIED = 2
export const HA_INFO_SECONDARY_ARRIVED = 3
export const HA_INFO_SLAVE_ARRIVED = 3
export const HA_INFO_SECONDARY_INITIALIZED = 4
export const HA_INFO_SLAVE_INITIALIZED = 4
export const HA_INFO_IS_PRIMARY = 5
export const HA_INFO_IS_MASTER = 5
export const HA_INFO_IS_NONE = 6
export const HA_INFO_BESECONDARY_RESULT = 7
export const HA_INFO_BESLAVE_RESULT = 7

// `subagent.type`
export const SUBAGENT_INFO_UP = 1
export const SUBAGENT_INFO_DOWN = 2

// `forward.type`
export const FORWARD_INFO_UP = 1
export const FORWARD_INFO_DOWN = 2
export const FORWARD_INFO_FAILED = 3

// `cfail.provider`
export const DP_CDB = 1
export const DP_NETCONF = 2
export const DP_EXTERNAL = 3
export const DP_SNMPGW = 4
export const DP_JAVASCRIPT = 5

// `upgrade.event`; the vendor spells COMMITED with one T.
export const UPGRADE_INIT_STARTED = 1
export const UPGRADE_INIT_SUCCEEDED = 2
export const UPGRADE_PERFORMED = 3
export const UPGRADE_COMMITED = 4
export const UPGRADE_ABORTED = 5

// `progress.attributes[].type`
export const PROGRESS_ATTRIBUTE_STRING = 1
export const PROGRESS_ATTRIBUTE_NUMBER = 2

// `stream.type`
export const STREAM_NOTIFICATION_EVENT = 1
export const STREAM_NOTIFICATION_COMPLETE = 2
export const STREAM_REPLAY_COMPLETE = 3
export const STREAM_REPLAY_FAILED = 4

// `compaction.dbfile` and `compaction.type`
export const COMPACTION_A_CDB = 1
export const COMPACTION_O_CDB = 2
export const COMPACTION_S_CDB = 3
export const COMPACTION_AUTOMATIC = 1
export const COMPACTION_MANUAL = 2

// `cq_progress.type`
export const NCS_CQ_ITEM_WAITING = 1
export const NCS_CQ_ITEM_EXECUTING = 2
export const NCS_CQ_ITEM_LOCKED = 3
export const NCS_CQ_ITEM_COMPLETED = 4
export const NCS_CQ_ITEM_FAILED = 5
export const NCS_CQ_ITEM_DELETED = 6

// `call_home.type`
export const CALL_HOME_DEVICE_CONNECTED = 1
export const CALL_HOME_UNKNOWN_DEVICE = 2
export const CALL_HOME_DEVICE_DISCONNECTED = 3

// The constants that the payloads of notifications use, but which the vendor keeps outside of its module `events`.
// One `export const NAME = value` a line: generators of other languages read this file.

// `database` and `dbname`
export const NO_DB = 0
export const CANDIDATE = 1
export const RUNNING = 2
export const STARTUP = 3
export const OPERATIONAL = 4
export const TRANSACTION = 5
export const PRE_COMMIT_RUNNING = 6
export const INTENDED = 7

// `uinfo.proto`
export const PROTO_UNKNOWN = 0
export const PROTO_TCP = 1
export const PROTO_SSH = 2
export const PROTO_SYSTEM = 3
export const PROTO_CONSOLE = 4
export const PROTO_SSL = 5
export const PROTO_HTTP = 6
export const PROTO_HTTPS = 7
export const PROTO_UDP = 8
export const PROTO_TLS = 9

// `uinfo.lmode`
export const USESS_LOCK_MODE_NONE = 0
export const USESS_LOCK_MODE_PRIVATE = 1
export const USESS_LOCK_MODE_EXCLUSIVE = 2
export const USESS_LOCK_MODE_SHARED = 3

// `uinfo.flags` (bits)
export const USESS_FLAG_FORWARD = 1
export const USESS_FLAG_HAS_IDENTIFICATION = 2
export const USESS_FLAG_HAS_OPAQUE = 4

// `progress.type`
export const PROGRESS_START = 1
export const PROGRESS_STOP = 2
export const PROGRESS_INFO = 3

// The verbosity that a subscriber to progress asks for.
export const VERBOSITY_NORMAL = 0
export const VERBOSITY_VERBOSE = 1
export const VERBOSITY_VERY_VERBOSE = 2
export const VERBOSITY_DEBUG = 3

// `snmpa.pdu_type`
export const SNMPA_PDU_V1TRAP = 1
export const SNMPA_PDU_V2TRAP = 2
export const SNMPA_PDU_INFORM = 3
export const SNMPA_PDU_GET_RESPONSE = 4
export const SNMPA_PDU_GET_REQUEST = 5
export const SNMPA_PDU_GET_NEXT_REQUEST = 6
export const SNMPA_PDU_REPORT = 7
export const SNMPA_PDU_GET_BULK_REQUEST = 8
export const SNMPA_PDU_SET_REQUEST = 9

// `snmpa.vb[].type`: what names the variable.
export const SNMP_VARIABLE = 1
export const SNMP_OID = 2
export const SNMP_COL_ROW = 3

// `snmpa.vb[].value_type`
export const SNMP_NULL = 0
export const SNMP_INTEGER = 1
export const SNMP_INTEGER32 = 2
export const SNMP_OCTET_STRING = 3
export const SNMP_OBJECT_IDENTIFIER = 4
export const SNMP_IPADDRESS = 5
export const SNMP_COUNTER32 = 6
export const SNMP_TIMETICKS = 7
export const SNMP_OPAQUE = 8
export const SNMP_COUNTER64 = 9
export const SNMP_UNSIGNED32 = 10

// Errors of high availability, in `hnot.noprimary` and `hnot.besecondary_result`.
export const ERR_HA_CONNECT = 25
export const ERR_HA_CLOSED = 26
export const ERR_HA_BADFXS = 27
export const ERR_HA_BADTOKEN = 28
export const ERR_HA_BADNAME = 29
export const ERR_HA_BIND = 30
export const ERR_HA_NOTICK = 31
export const ERR_HA_BADVSN = 52
export const ERR_HA_BADCONFIG = 69

// The kind of a change in the difference of a commit.
export const MOP_CREATED = 1
export const MOP_DELETED = 2
export const MOP_MODIFIED = 3
export const MOP_VALUE_SET = 4
export const MOP_MOVED_AFTER = 5
export const MOP_ATTR_SET = 6

// The way in which the reader of a difference continues.
export const ITER_STOP = 1
export const ITER_RECURSE = 2
export const ITER_CONTINUE = 3
export const ITER_SUSPEND = 4
export const ITER_UP = 5

// Results
export const CONFD_OK = 0
export const CONFD_ERR = -1
export const CONFD_EOF = -2

// A time without a zone
export const TIMEZONE_UNDEF = -111

// Ports of the vendor's programs
export const NCS_PORT = 4569
export const CONFD_PORT = 4565

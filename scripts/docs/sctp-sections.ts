import { notificationTexts } from '../../src/protocols/sctp/types/index.js'

const HEADERS = 'system headers'

/** The sections that describe the constants. A name that ends in `_` is a prefix. */
const sections: readonly (readonly [section: string, names: string])[] = [
  ['RFC 6458 section 6', 'MSG_NOTIFICATION'],
  ['RFC 6458 section 3.1.1', 'IPPROTO_SCTP'],
  ['RFC 6458 section 7.2', 'SCTP_FUTURE_ASSOC SCTP_CURRENT_ASSOC SCTP_ALL_ASSOC'],
  [
    'RFC 6458 section 6.1.1',
    'SCTP_COMM_UP SCTP_COMM_LOST SCTP_RESTART SCTP_SHUTDOWN_COMP SCTP_CANT_STR_ASSOC SCTP_ASSOC_SUPPORTS_PR SCTP_ASSOC_SUPPORTS_AUTH SCTP_ASSOC_SUPPORTS_ASCONF SCTP_ASSOC_SUPPORTS_MULTIBUF',
  ],
  ['RFC 8260 section 4.3.1', 'SCTP_ASSOC_SUPPORTS_INTERLEAVING'],
  ['RFC 7829 section 7.1', 'SCTP_ADDR_POTENTIALLY_FAILED SCTP_PF'],
  [
    'RFC 6458 section 6.1.2',
    'SCTP_ADDR_AVAILABLE SCTP_ADDR_UNREACHABLE SCTP_ADDR_REMOVED SCTP_ADDR_ADDED SCTP_ADDR_MADE_PRIM',
  ],
  ['RFC 6458 section 6.1.4, 6.1.11', 'SCTP_DATA_UNSENT SCTP_DATA_SENT'],
  ['RFC 6458 section 6.1.7', 'SCTP_PARTIAL_DELIVERY_ABORTED'],
  ['RFC 6458 section 6.1.8', 'SCTP_AUTH_NEW_KEY SCTP_AUTH_FREE_KEY SCTP_AUTH_NO_AUTH'],
  [
    'RFC 6525 section 6.1.1',
    'SCTP_STREAM_RESET_INCOMING_SSN SCTP_STREAM_RESET_OUTGOING_SSN SCTP_STREAM_RESET_DENIED SCTP_STREAM_RESET_FAILED',
  ],
  ['RFC 6525 section 6.1.2', 'SCTP_ASSOC_RESET_'],
  ['RFC 6525 section 6.1.3', 'SCTP_STREAM_CHANGE_'],
  ['RFC 6458 section 6.2.1', 'SCTP_EVENTS'],
  ['RFC 6458 section 6.2.2', 'SCTP_EVENT'],
  ['RFC 6458 section 8.1.1', 'SCTP_RTOINFO'],
  ['RFC 6458 section 8.1.2', 'SCTP_ASSOCINFO'],
  ['RFC 6458 section 8.1.3', 'SCTP_INITMSG'],
  ['RFC 6458 section 8.1.5', 'SCTP_NODELAY'],
  ['RFC 6458 section 8.1.8', 'SCTP_AUTOCLOSE'],
  ['RFC 6458 section 8.1.9', 'SCTP_PRIMARY_ADDR'],
  ['RFC 6458 section 8.1.10', 'SCTP_ADAPTATION_LAYER'],
  ['RFC 6458 section 8.1.12', 'SCTP_PEER_ADDR_PARAMS'],
  ['RFC 6458 section 8.1.15', 'SCTP_I_WANT_MAPPED_V4_ADDR'],
  ['RFC 6458 section 8.1.16', 'SCTP_MAXSEG'],
  ['RFC 6458 section 8.1.18', 'SCTP_AUTH_ACTIVE_KEY'],
  ['RFC 6458 section 8.1.20', 'SCTP_FRAGMENT_INTERLEAVE'],
  ['RFC 6458 section 8.1.21', 'SCTP_PARTIAL_DELIVERY_POINT'],
  ['RFC 6458 section 8.1.26', 'SCTP_EXPLICIT_EOR SCTP_EOR'],
  ['RFC 6458 section 8.1.27', 'SCTP_REUSE_PORT'],
  ['RFC 6458 section 8.1.29', 'SCTP_RECVRCVINFO'],
  ['RFC 6458 section 8.1.30', 'SCTP_RECVNXTINFO'],
  ['RFC 6458 section 8.1.31', 'SCTP_DEFAULT_SNDINFO'],
  ['RFC 6458 section 8.1.32', 'SCTP_DEFAULT_PRINFO'],
  [
    'RFC 6458 section 8.2.1',
    'SCTP_STATUS SCTP_CLOSED SCTP_COOKIE_ SCTP_ESTABLISHED SCTP_SHUTDOWN_PENDING SCTP_SHUTDOWN_SENT SCTP_SHUTDOWN_RECEIVED SCTP_SHUTDOWN_ACK_SENT',
  ],
  ['RFC 6458 section 8.2.2', 'SCTP_GET_PEER_ADDR_INFO SCTP_UNCONFIRMED SCTP_ACTIVE SCTP_INACTIVE'],
  ['RFC 6458 section 8.2.5', 'SCTP_GET_ASSOC_NUMBER'],
  ['RFC 6458 section 8.2.6', 'SCTP_GET_ASSOC_ID_LIST'],
  ['RFC 6458 section 8.3.1', 'SCTP_SET_PEER_PRIMARY_ADDR'],
  ['RFC 6458 section 8.3.2', 'SCTP_AUTH_CHUNK'],
  ['RFC 6458 section 8.3.3', 'SCTP_AUTH_KEY'],
  ['RFC 6458 section 8.3.4', 'SCTP_AUTH_DEACTIVATE_KEY'],
  ['RFC 6458 section 8.3.5', 'SCTP_AUTH_DELETE_KEY'],
  ['RFC 6525 section 6.3.1', 'SCTP_ENABLE_STREAM_RESET'],
  ['RFC 6525 section 6.3.2', 'SCTP_RESET_STREAMS SCTP_STREAM_RESET_INCOMING SCTP_STREAM_RESET_OUTGOING'],
  ['RFC 6525 section 6.3.3', 'SCTP_RESET_ASSOC'],
  ['RFC 6525 section 6.3.4', 'SCTP_ADD_STREAMS'],
  ['RFC 6458 section 9.1', 'SCTP_BINDX_'],
  [`${HEADERS}, for RFC 6458 section 9.1`, 'SCTP_SOCKOPT_BINDX_'],
  [`${HEADERS}, for RFC 6458 section 9.2`, 'SCTP_SOCKOPT_PEELOFF'],
  [`${HEADERS}, for RFC 6458 section 9.3`, 'SCTP_GET_PEER_ADDRS'],
  [`${HEADERS}, for RFC 6458 section 9.5`, 'SCTP_GET_LOCAL_ADDRS'],
  [`${HEADERS}, for RFC 6458 section 9.9`, 'SCTP_SOCKOPT_CONNECTX SCTP_SOCKOPT_CONNECTX3'],
  [
    'RFC 6458 section 9.12',
    'SCTP_SENDV_ SCTP_SEND_SNDINFO_VALID SCTP_SEND_PRINFO_VALID SCTP_SEND_AUTHINFO_VALID',
  ],
  ['RFC 6458 section 9.13', 'SCTP_RECVV_'],
  ['RFC 6458 section 5.3.1', 'SCTP_INIT'],
  ['RFC 6458 section 5.3.2', 'SCTP_SNDRCV'],
  ['RFC 6458 section 5.3.4', 'SCTP_SNDINFO SCTP_UNORDERED SCTP_ADDR_OVER SCTP_ABORT SCTP_EOF SCTP_SENDALL'],
  ['RFC 6458 section 5.3.5', 'SCTP_RCVINFO'],
  ['RFC 6458 section 5.3.6', 'SCTP_NXTINFO SCTP_NOTIFICATION SCTP_COMPLETE'],
  ['RFC 6458 section 5.3.7', 'SCTP_PRINFO SCTP_PR_SCTP_NONE SCTP_PR_SCTP_TTL'],
  ['RFC 7496 section 4.2', 'SCTP_PR_SCTP_RTX SCTP_PR_SCTP_PRIO'],
  ['RFC 6458 section 5.3.8', 'SCTP_AUTHINFO'],
  ['RFC 6458 section 5.3.9', 'SCTP_DSTADDRV4'],
  ['RFC 6458 section 5.3.10', 'SCTP_DSTADDRV6'],
  ['RFC 7053 section 6', 'SCTP_SACK_IMMEDIATELY'],
  [
    HEADERS,
    'SCTP_FAILED_THRESHOLD SCTP_RECEIVED_SACK SCTP_HEARTBEAT_SUCCESS SCTP_RESPONSE_TO_USER_REQ SCTP_INTERNAL_ERROR SCTP_SHUTDOWN_GUARD_EXPIRES SCTP_PEER_FAULTY SCTP_ADDR_CONFIRMED SCTP_ASSOC_SUPPORTS_RE_CONFIG SCTP_ASSOC_SUPPORTS_MAX SCTP_AUTHENTICATION_INDICATION SCTP_AUTH_NEWKEY SCTP_DATA_IO_EVENT SCTP_STREAM_CHANGED_DENIED SCTP_PR_SCTP_BUF',
  ],
]

/** Throws if no section is listed for a constant, so that the page stays complete. */
export function sectionOf(name: string): string {
  const notification = notificationTexts[name as keyof typeof notificationTexts]
  if (notification !== undefined) return `RFC ${notification.rfc} section ${notification.section}`
  const found = all.find(({ text }) => text === name) ?? all.find(({ text }) => isPrefix(text, name))
  if (found === undefined) throw new Error(`no section describes ${name}`)
  return found.section
}

const all = sections.flatMap(([section, names]) => names.split(' ').map((text) => ({ section, text })))

function isPrefix(text: string, name: string): boolean {
  return text.endsWith('_') && name.startsWith(text)
}

import type { NotificationName } from '../notifications/notification.js'

/** The template of each notification for one line: names instead of numbers, and the association. */
export const displays: Readonly<Record<NotificationName, string>> = {
  SCTP_ASSOC_CHANGE:
    '[{names.sac_state}, ]association {association}, {sac_outbound_streams} streams out, {sac_inbound_streams} in[, {sac_cause.name}]',
  SCTP_PEER_ADDR_CHANGE: '[{names.spc_state}, ]{spc_aaddr}, association {association}[, {names.spc_error}]',
  SCTP_REMOTE_ERROR: 'association {association}: error {sre_error}[ {names.sre_error}]',
  SCTP_SEND_FAILED: 'association {association}: error {ssf_error}[ {ssf_cause.name}]',
  SCTP_SHUTDOWN_EVENT: 'association {association} is shutting down',
  SCTP_ADAPTATION_INDICATION: 'association {association}, adaptation {sai_adaptation_ind}',
  SCTP_PARTIAL_DELIVERY_EVENT: 'association {association}[, {names.pdapi_indication}]',
  SCTP_AUTHENTICATION_EVENT: 'association {association}, key {auth_keynumber}[, {names.auth_indication}]',
  SCTP_SENDER_DRY_EVENT: 'association {association}: everything sent is acknowledged',
  SCTP_NOTIFICATIONS_STOPPED_EVENT: 'the stack has no memory for more notifications',
  SCTP_SEND_FAILED_EVENT: 'association {association}: error {ssfe_error}[ {ssfe_cause.name}]',
  SCTP_STREAM_RESET_EVENT: 'association {association}[, streams {strreset_stream_list}]',
  SCTP_ASSOC_RESET_EVENT:
    'association {association}, local tsn {assocreset_local_tsn}, remote tsn {assocreset_remote_tsn}',
  SCTP_STREAM_CHANGE_EVENT:
    'association {association}, {strchange_outstrms} streams out, {strchange_instrms} in',
}

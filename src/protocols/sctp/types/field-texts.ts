import type { NotificationName } from '../notifications/notification.js'

/** The meaning of the keys, for schemas and the reference page. Keys with self-explanatory names are left out. */
export const fieldTexts: Readonly<Record<string, string>> = {
  sn_type: 'Type of the notification.',
  sac_flags: 'Not used.',
  sac_state: 'New state of the association.',
  sac_error: 'Cause of the change, if not 0. On Linux in network byte order; see `sac_cause`.',
  sac_outbound_streams: 'Number of streams on which this end may send.',
  sac_inbound_streams: 'Number of streams on which the peer may send.',
  sac_info:
    'Error causes of an abort (on FreeBSD the whole chunk). On FreeBSD also the features that the peer supports.',
  spc_flags: 'Not used.',
  spc_aaddr: 'Address and port; for IPv6 also flow label and scope.',
  spc_state: 'New state of the address.',
  spc_error: 'Reason for the change.',
  sre_flags: 'Not used.',
  sre_error: 'Code of the error cause that the peer sent, in host byte order.',
  sre_data: 'Value of the cause, padded to 4 bytes. On FreeBSD the whole ERROR chunk.',
  ssf_flags: 'Whether the message was ever handed to the network.',
  ssf_error: 'Reason for the failure. On Linux in network byte order; see `ssf_cause`.',
  ssf_info: 'Value that the sender gave with the message.',
  ssf_data: 'The message.',
  sse_flags: 'Not used.',
  sai_flags: 'Not used.',
  sai_adaptation_ind: "Value from the peer's adaptation layer indication.",
  sai_assoc_id: 'Association id. `sre_assoc_id` is another name for it and not enumerable.',
  pdapi_flags: 'Not used.',
  pdapi_indication: 'Outcome of the partially delivered message.',
  pdapi_stream: 'Stream of the message.',
  pdapi_seq: 'Sequence number of the message.',
  auth_flags: 'Not used.',
  auth_keynumber: 'Number of the key.',
  auth_altkeynumber: 'Number of another key; no longer used.',
  auth_indication: 'New state of the key.',
  sender_dry_flags: 'Not used.',
  sn_flags: 'Not used.',
  ssfe_flags: 'Whether the message was ever handed to the network.',
  ssfe_error: 'Reason for the failure. On Linux in network byte order; see `ssfe_cause`.',
  ssfe_info: 'Value that the sender gave with the message.',
  ssfe_data: 'The message.',
  strreset_flags: 'Direction of the reset, and whether it was denied or failed.',
  strreset_stream_list: 'Stream numbers; empty for all streams.',
  assocreset_flags: 'Whether it was denied or failed.',
  assocreset_local_tsn: 'Next sequence number of this end.',
  assocreset_remote_tsn: 'Next sequence number of the peer.',
  strchange_flags: 'Whether it was denied or failed.',
  strchange_instrms: 'Incoming streams: on Linux the number added, on FreeBSD the total number.',
  strchange_outstrms: 'Outgoing streams, counted likewise.',
  sac_cause: 'Error cause in `sac_error`, with its byte order corrected.',
  ssf_cause: 'Error cause in `ssf_error`, with its byte order corrected.',
  ssfe_cause: 'Error cause in `ssfe_error`, with its byte order corrected.',
}

export interface NotificationText {
  /** One sentence that says what happened. */
  summary: string
  rfc: 6458 | 6525
  section: string
}

const rfc = (number: 6458 | 6525, section: string, summary: string): NotificationText => ({
  summary,
  rfc: number,
  section,
})

export const notificationTexts = {
  SCTP_ASSOC_CHANGE: rfc(
    6458,
    '6.1.1',
    'An SCTP association started, was restarted, ended or could not start.',
  ),
  SCTP_PEER_ADDR_CHANGE: rfc(6458, '6.1.2', 'An address of an SCTP peer changed its state.'),
  SCTP_REMOTE_ERROR: rfc(6458, '6.1.3', 'An SCTP peer sent an error.'),
  SCTP_SEND_FAILED: rfc(6458, '6.1.4', 'An SCTP message could not be sent (older form).'),
  SCTP_SHUTDOWN_EVENT: rfc(6458, '6.1.5', 'An SCTP peer is shutting down its association.'),
  SCTP_ADAPTATION_INDICATION: rfc(6458, '6.1.6', 'An SCTP peer indicated its adaptation layer.'),
  SCTP_PARTIAL_DELIVERY_EVENT: rfc(
    6458,
    '6.1.7',
    'The rest of a partly delivered SCTP message will not arrive.',
  ),
  SCTP_AUTHENTICATION_EVENT: rfc(
    6458,
    '6.1.8',
    'A key of an SCTP association is in use, no longer in use, or missing.',
  ),
  SCTP_SENDER_DRY_EVENT: rfc(6458, '6.1.9', 'Everything sent on an SCTP association has been acknowledged.'),
  SCTP_NOTIFICATIONS_STOPPED_EVENT: rfc(6458, '6.1.10', 'The stack has no memory for more notifications.'),
  SCTP_SEND_FAILED_EVENT: rfc(6458, '6.1.11', 'An SCTP message could not be sent.'),
  SCTP_STREAM_RESET_EVENT: rfc(6525, '6.1.1', 'Streams of an SCTP association were reset.'),
  SCTP_ASSOC_RESET_EVENT: rfc(6525, '6.1.2', 'The sequence numbers of an SCTP association were reset.'),
  SCTP_STREAM_CHANGE_EVENT: rfc(6525, '6.1.3', 'The number of streams of an SCTP association changed.'),
} as const satisfies Record<NotificationName, NotificationText>

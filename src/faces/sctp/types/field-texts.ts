import type { NotificationName } from '../notification.js'

/** What the keys say, for the schemas and the reference page. What is not here says it by its name. */
export const fieldTexts: Readonly<Record<string, string>> = {
  sn_type: 'Which notification it is.',
  sac_flags: 'Not used.',
  sac_state: 'What became of the association.',
  sac_error: 'Why, where it is not 0; of Linux in network byte order, see `sac_cause`.',
  sac_outbound_streams: 'Streams that this end may send on.',
  sac_inbound_streams: 'Streams that the peer may send on.',
  sac_info:
    'The error causes of an abort (of FreeBSD the whole chunk); of FreeBSD also what the peer supports.',
  spc_flags: 'Not used.',
  spc_aaddr: 'Address and port; of IPv6 also flow label and scope.',
  spc_state: 'What became of the address.',
  spc_error: 'Why.',
  sre_flags: 'Not used.',
  sre_error: 'Code of the error cause that the peer sent, in host byte order.',
  sre_data: 'Value of the cause, padded to 4 bytes; of FreeBSD the whole ERROR chunk.',
  ssf_flags: 'Whether the message was ever handed to the network.',
  ssf_error: 'Why; of Linux in network byte order, see `ssf_cause`.',
  ssf_info: 'What the sender had given with the message.',
  ssf_data: 'The message.',
  sse_flags: 'Not used.',
  sai_flags: 'Not used.',
  sai_adaptation_ind: 'What the peer said in its adaptation layer indication.',
  sai_assoc_id: 'Its association; `sre_assoc_id` is another name of it, not enumerable.',
  pdapi_flags: 'Not used.',
  pdapi_indication: 'What became of the message of which a part had been delivered.',
  pdapi_stream: 'Stream of the message.',
  pdapi_seq: 'Sequence number of the message.',
  auth_flags: 'Not used.',
  auth_keynumber: 'The key that it is about.',
  auth_altkeynumber: 'Another key; no longer used.',
  auth_indication: 'What became of the key.',
  sender_dry_flags: 'Not used.',
  sn_flags: 'Not used.',
  ssfe_flags: 'Whether the message was ever handed to the network.',
  ssfe_error: 'Why; of Linux in network byte order, see `ssfe_cause`.',
  ssfe_info: 'What the sender had given with the message.',
  ssfe_data: 'The message.',
  strreset_flags: 'Which direction, and whether it was denied or failed.',
  strreset_stream_list: 'The streams; none named: all of them.',
  assocreset_flags: 'Whether it was denied or failed.',
  assocreset_local_tsn: 'The next sequence number of this end.',
  assocreset_remote_tsn: 'The next sequence number of the peer.',
  strchange_flags: 'Whether it was denied or failed.',
  strchange_instrms: 'Incoming streams: of Linux how many were added, of FreeBSD how many there are.',
  strchange_outstrms: 'Outgoing streams, counted likewise.',
  sac_cause: 'The error cause in `sac_error`, its byte order set right.',
  ssf_cause: 'The error cause in `ssf_error`, its byte order set right.',
  ssfe_cause: 'The error cause in `ssfe_error`, its byte order set right.',
}

export interface NotificationText {
  /** What happened, one sentence. */
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
    'An SCTP association came up, was restarted, ended or could not start.',
  ),
  SCTP_PEER_ADDR_CHANGE: rfc(
    6458,
    '6.1.2',
    'An address of the peer of an SCTP association changed its state.',
  ),
  SCTP_REMOTE_ERROR: rfc(6458, '6.1.3', 'The peer of an SCTP association sent an error.'),
  SCTP_SEND_FAILED: rfc(6458, '6.1.4', 'An SCTP message could not be sent; the older form.'),
  SCTP_SHUTDOWN_EVENT: rfc(6458, '6.1.5', 'The peer shuts an SCTP association down.'),
  SCTP_ADAPTATION_INDICATION: rfc(6458, '6.1.6', 'The peer said what adaptation layer it uses.'),
  SCTP_PARTIAL_DELIVERY_EVENT: rfc(6458, '6.1.7', 'The rest of an SCTP message will not come.'),
  SCTP_AUTHENTICATION_EVENT: rfc(
    6458,
    '6.1.8',
    'A key of an SCTP association is used, no longer used or missing.',
  ),
  SCTP_SENDER_DRY_EVENT: rfc(6458, '6.1.9', 'All that was sent on an SCTP association is acknowledged.'),
  SCTP_NOTIFICATIONS_STOPPED_EVENT: rfc(6458, '6.1.10', 'The stack has no memory for more notifications.'),
  SCTP_SEND_FAILED_EVENT: rfc(6458, '6.1.11', 'An SCTP message could not be sent.'),
  SCTP_STREAM_RESET_EVENT: rfc(6525, '6.1.1', 'Streams of an SCTP association were set back.'),
  SCTP_ASSOC_RESET_EVENT: rfc(6525, '6.1.2', 'The sequence numbers of an SCTP association were set back.'),
  SCTP_STREAM_CHANGE_EVENT: rfc(6525, '6.1.3', 'The number of streams of an SCTP association changed.'),
} as const satisfies Record<NotificationName, NotificationText>

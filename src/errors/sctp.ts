import { area, entry } from './area.js'

export const sctpErrors = area('SCTP', {
  TCN_SCTP_TYPE: entry(
    400,
    'the platform has no SCTP notification of this type',
    'Set the platform to the one that the bytes come from: linux or freebsd.',
  ),
  TCN_SCTP_LENGTH: entry(
    400,
    'the length of an SCTP notification does not match its type or its own length field',
    'Join short reads until MSG_EOR, and pass exactly the bytes of one notification.',
  ),
  TCN_SCTP_STATE: entry(
    400,
    'the state in an SCTP notification is unknown',
    'Set the platform to the one that the bytes come from: linux or freebsd.',
  ),
  TCN_SCTP_CAUSE: entry(
    400,
    'the error causes of an SCTP chunk are truncated or overlap',
    'Pass the ABORT or ERROR chunk, or the causes in it, unchanged.',
  ),
  TCN_SCTP_VALUE: entry(
    400,
    'a value does not fit its field in an SCTP notification',
    'Change the field to a value in the range that the message gives.',
  ),
  TCN_SCTP_ADDON: entry(
    501,
    'the addon for SCTP sockets is not installed',
    'On Linux with a C compiler, run native/sctp/build.mjs of the package with Node.',
  ),
  TCN_SCTP_KERNEL: entry(
    501,
    'the kernel does not support SCTP',
    'Load the module with `modprobe sctp`, and check that /etc/modprobe.d does not block it.',
  ),
  TCN_SCTP_SOCKET: entry(
    502,
    'a system call on an SCTP socket failed',
    'Remove the cause that the message gives: it names the call and the error of the system.',
  ),
})

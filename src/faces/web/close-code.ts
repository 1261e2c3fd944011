/** Close codes of RFC 6455 by what ended the connection: `code` of the catalogue, END or STOP. */
export function closeCode(code: string): number {
  switch (code) {
    case 'END':
      return 1000
    case 'STOP':
    case 'TCN_BUS_CLOSED':
      return 1001
    case 'TCN_PROTOCOL_LENGTH':
    case 'TCN_FRAME_TOO_LARGE':
      return 1009
    case 'TCN_INTERNAL':
      return 1011
    case 'TCN_BUS_LAG':
    case 'TCN_BUS_SUSPENDED':
    case 'TCN_PROTOCOL_TOO_MANY':
    case 'TCN_HTTP_TOO_MANY':
      return 1013
    default:
      return 1008
  }
}

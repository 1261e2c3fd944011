import { WebSocketServer } from 'ws'

export interface WebSocketServerLimits {
  /** Bytes of a message. */
  message: number
  /** Parts of one message. */
  fragments: number
  /** How long the closing may take, ms. */
  closeTimeout: number
}

/**
 * Takes sockets that have left HTTP. Nothing is compressed: that would cost too much memory for each. Without
 * `subprotocols` whatever a peer offers is spoken.
 */
export function webSocketServer(
  { message, fragments, closeTimeout }: WebSocketServerLimits,
  subprotocols?: readonly string[],
): WebSocketServer {
  return new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: message,
    maxFragments: fragments,
    closeTimeout,
    ...(subprotocols !== undefined && {
      handleProtocols: (offered: Set<string>) => subprotocols.find((each) => offered.has(each)) ?? false,
    }),
  } as ConstructorParameters<typeof WebSocketServer>[0])
}

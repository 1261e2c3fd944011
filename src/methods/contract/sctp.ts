/** SCTP associations and notifications. */
export interface SctpMethods {
  /** `source` is the name without the prefix `sctp/`. */
  'sctp.associations': { params: { source?: string }; result: { associations: SctpAssociationInfo[] } }
  /** `index` counts from 0; nothing of that item was published. */
  'sctp.publish': { params: SctpPublishParams; result: SctpPublished }
}

export interface SctpAssociationInfo {
  source: string
  association: number
  state: 'up' | 'shutting-down' | 'closed' | 'lost' | 'refused'
  since: number
  outboundStreams: number
  inboundStreams: number
  peers: {
    host: string
    port: number
    state: 'active' | 'unreachable' | 'potentially-failed' | 'unconfirmed'
    primary: boolean
  }[]
  restarts: number
  /** User data received. */
  messages: number
  bytes: number
  lastError?: string
}

export interface SctpPublishParams {
  /** Name without the prefix `sctp/`. */
  source: string
  /** Platform that recorded the notifications. Default: that of the hub's own host. */
  platform?: 'linux' | 'freebsd'
  endian?: 'little' | 'big'
  /** Each item contains the bytes of one or more notifications, back to back, in base64. */
  notifications: string[]
}

export interface SctpPublished {
  /** Events stored in order. */
  accepted: number
  /** Cursor of the last of these events. */
  cursor?: string
  errors: { index: number; code: string; message: string }[]
}

/** SCTP associations and notifications. */
export interface SctpMethods {
  /** `source` without `sctp/` in front. */
  'sctp.associations': { params: { source?: string }; result: { associations: SctpAssociationInfo[] } }
  /** `index` counts from 0: of this item nothing was published. */
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
  /** User data that came. */
  messages: number
  bytes: number
  lastError?: string
}

export interface SctpPublishParams {
  /** Without `sctp/` in front. */
  source: string
  /** Whose notifications they are. Default: those of the hub's own host. */
  platform?: 'linux' | 'freebsd'
  endian?: 'little' | 'big'
  /** Each item has the bytes of one notification, or of several back to back, in base64. */
  notifications: string[]
}

export interface SctpPublished {
  /** Events stored in order. */
  accepted: number
  /** Of the last of them. */
  cursor?: string
  errors: { index: number; code: string; message: string }[]
}

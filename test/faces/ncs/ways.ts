import type { FaceWays } from '../../access/ways.js'

/** Notification sockets carry notifications only; what they give to whom is tested apart. */
export const ways: FaceWays = { reads: {}, isLive: /./, publishes: {} }

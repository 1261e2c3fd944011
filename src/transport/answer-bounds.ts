/** Bytes of the head of an answer, with all that HTTP lets come before it. */
export const MAX_HEAD_BYTES = 64 * 1024
/** The reason why a connection is ended. */
export const EXCESS = 'the server sends more than an answer has'

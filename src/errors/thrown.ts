/** Returns the message of a thrown value. A program may throw any value, not only an `Error`. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

const MAX_REASON = 500

/** The message as one line. It may have texts of a peer, and is kept and shown by many. */
export function oneLineOf(thrown: unknown, most = MAX_REASON): string {
  const line = messageOf(thrown)
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
  return line.length <= most ? line : `${line.slice(0, most)}…`
}

/** Returns the code that the system or a library gave the thrown value, such as `ENOENT`. */
export function codeOf(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return undefined
  return typeof thrown.code === 'string' ? thrown.code : undefined
}

/** Returns the thrown value if it is an error, and else an error with its text. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(messageOf(thrown))
}

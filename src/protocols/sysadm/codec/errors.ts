/** Messages of the errors that SysAdm sends. The code is text on the wire. */
const messages = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  503: 'Service Unavailable',
} as const

export type SysadmErrorCode = keyof typeof messages

/** The arguments of an error. */
export function errorArgs(code: SysadmErrorCode): { code: string; message: string } {
  return { code: String(code), message: messages[code] }
}

/** Thrown where a request cannot be served. `why` is for the hub's own extensions, which no other client uses. */
export class SysadmError extends Error {
  readonly code: SysadmErrorCode
  readonly why: { code: string; message: string } | undefined

  constructor(code: SysadmErrorCode, why?: { code: string; message: string }) {
    super(messages[code])
    this.code = code
    this.why = why
  }
}

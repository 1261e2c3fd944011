import { catalogue, type ErrorCode } from './catalogue.js'

/** Returns the code that another hub has sent. A newer hub may know codes that this one does not. */
export function knownCode(code: unknown): ErrorCode {
  return typeof code === 'string' && Object.hasOwn(catalogue, code) ? (code as ErrorCode) : 'TCN_INTERNAL'
}

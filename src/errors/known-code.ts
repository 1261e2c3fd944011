import { catalogue, type ErrorCode } from './catalogue.js'

/** Returns whether the catalogue has this code. */
export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(catalogue, code)
}

/** Returns the code that another hub has sent. A newer hub may know codes that this one does not. */
export function knownCode(code: unknown): ErrorCode {
  return isErrorCode(code) ? code : 'TCN_INTERNAL'
}

import { isUtf8 } from 'node:buffer'
import { TocsinError } from '../../event/errors.js'

/** Throws TCN_HTTP_JSON for what is not UTF-8. */
export function utf8Text(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw new TocsinError('TCN_HTTP_JSON', 'the body is not valid UTF-8')
  return bytes.toString('utf8')
}

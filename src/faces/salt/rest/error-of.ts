import { TocsinError, toTocsinError } from '../../../event/errors.js'

/** Whatever a route threw. */
export function errorOf(thrown: unknown): TocsinError {
  if ((thrown as { code?: string } | undefined)?.code === 'FST_ERR_BAD_URL') {
    return new TocsinError('TCN_HTTP_ROUTE')
  }
  return toTocsinError(thrown, 'TCN_INTERNAL')
}

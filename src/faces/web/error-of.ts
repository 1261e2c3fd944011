import { TocsinError, toTocsinError } from '../../event/errors.js'

/** Whatever a route threw, and what fastify has to say. */
export function errorOf(thrown: unknown): TocsinError {
  if (TocsinError.is(thrown)) return thrown
  const code = fastifyCodes[(thrown as { code?: string } | undefined)?.code ?? '']
  return code === undefined ? toTocsinError(thrown, 'TCN_INTERNAL') : new TocsinError(code)
}

const fastifyCodes: Record<string, 'TCN_HTTP_TOO_LARGE' | 'TCN_HTTP_MEDIA_TYPE' | 'TCN_HTTP_ROUTE'> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'TCN_HTTP_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'TCN_HTTP_MEDIA_TYPE',
  FST_ERR_BAD_URL: 'TCN_HTTP_ROUTE',
}

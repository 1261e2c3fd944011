import { z } from 'zod'

/** The address of a server, without what may be a secret. */
export const httpUrl = () =>
  z
    .string()
    .max(2048)
    .regex(/^https?:\/\/[^\s@?#]+$/, {
      error: 'must be a URL with http:// or https://, without a password and a query',
      abort: true,
    })
    .refine((text) => URL.canParse(text), { error: 'must be a URL' })
    .meta({ kind: 'URL' })

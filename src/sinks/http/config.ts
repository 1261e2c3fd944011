import { z } from 'zod'

/** The address of a server. A password in it would be shown to everybody who sees the configuration. */
export function serverUrl() {
  return z
    .string()
    .max(2048)
    .regex(/^https?:\/\/[^\s@]+$/, {
      error: 'must be a URL with http:// or https://, without a password',
      abort: true,
    })
    .refine((text) => URL.canParse(text), { error: 'must be a URL' })
}

/** Further headers for a server. Names that match `reserved` are those that the hub sets itself. */
export function furtherHeaders(kind: string, reserved: RegExp) {
  const header = z
    .string()
    .regex(/^[A-Za-z0-9-]{1,64}$/, { error: 'must be the name of a header' })
    .refine((name) => !reserved.test(name), { error: 'is a header that the hub sets itself' })
  return z
    .record(
      header,
      z
        .string()
        .max(1024)
        .regex(/^[\x20-\x7e]*$/, { error: 'must be printable ASCII' })
        .describe(`For \`${kind}\`: a further header, without secrets.`),
    )
    .default({})
    .describe(`For \`${kind}\`: further headers.`)
}

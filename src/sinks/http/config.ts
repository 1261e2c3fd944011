import { z } from 'zod'
import { secretPlace } from '../../config/secret-file.js'
import { SECRET_PLACE } from '../../config/values/path.js'

const SERVER = new RegExp(`^(https?://[^\\s@]+|${SECRET_PLACE})$`)

/** The address of a server, or where it is read. What follows the host may be a key, and is not shown. */
export function serverUrl() {
  return z
    .string()
    .max(2048)
    .regex(SERVER, {
      error:
        'must be a URL with http:// or https:// and without a password, or file:/path or credential:name where it is read',
      abort: true,
    })
    .refine((text) => secretPlace(text) !== undefined || URL.canParse(text), { error: 'must be a URL' })
    .meta({ kind: 'URL' })
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
        .describe(
          `For \`${kind}\`: a further header; \`file:/path\` or \`credential:name\` where it is read.`,
        )
        .meta({ secret: true }),
    )
    .default({})
    .describe(`For \`${kind}\`: further headers.`)
}

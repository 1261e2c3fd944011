import { z } from 'zod'
import { path, secretFile } from '../../config/values/path.js'

const MAX_SERVERS = 32

/** Names of streams, and parts of subjects. */
function name() {
  const error = 'must be 1 to 32 letters, digits, dashes or underscores'
  return z.string({ error }).regex(/^[A-Za-z0-9_-]{1,32}$/, { error })
}

function server() {
  const error = 'must be an address such as nats://nats1.example:4222 or tls://nats1.example:4222'
  return z
    .string({ error })
    .regex(/^(?:nats|tls):\/\/(?:\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9.-]{1,253})(?::\d{1,5})?$/, {
      error,
    })
}

const tls = z
  .strictObject({
    ca: path()
      .optional()
      .describe('Certificate authority of the servers, PEM. Default: those of the system.'),
    certificate: path().optional().describe('Certificate of this hub, PEM.'),
    key: secretFile().optional().describe('Its private key, PEM.'),
  })
  .refine(({ certificate, key }) => (certificate === undefined) === (key === undefined), {
    error: '`certificate` and `key` go together',
  })

/** The section `nats`: the servers in which hubs that form a cluster keep their log. */
export const natsConfig = z
  .strictObject({
    servers: z
      .array(server())
      .min(1)
      .max(MAX_SERVERS)
      .default(['nats://127.0.0.1:4222'])
      .describe('Servers of NATS. Those that they name are used too.'),
    stream: name().default('TOCSIN').describe('Name of the stream that is the log.'),
    prefix: name()
      .default('tocsin')
      .describe(
        'First part of the subjects, and of the names of other streams. All hubs of a cluster have the same.',
      ),
    replicas: z
      .int()
      .min(1)
      .max(5)
      .default(1)
      .describe('Servers that store each event, for streams that the hub creates: 3 for three servers.'),
    allowOld: z
      .boolean()
      .default(false)
      .describe(
        'Takes servers before 2.10.27 for streams with replicas too, which can lose acknowledged events after a fault.',
      ),
    window: z
      .int()
      .min(16)
      .max(4096)
      .default(1024)
      .describe('Events that the primary sends before the first of them is acknowledged.'),
    user: z.string().min(1).max(256).optional().describe('User, with `passwordFile`.'),
    passwordFile: secretFile().optional().describe('File with the password of the user.'),
    tokenFile: secretFile().optional().describe('File with a token.'),
    credentials: secretFile().optional().describe('File with credentials, as `nsc` makes it (`.creds`).'),
    tls: tls
      .meta({ whole: true })
      .optional()
      .describe('For servers with certificates of an own authority, or that ask for one.'),
  })
  .refine(({ user, passwordFile }) => (user === undefined) === (passwordFile === undefined), {
    error: '`user` and `passwordFile` go together',
  })
  .refine(({ user, tokenFile, credentials }) => [user, tokenFile, credentials].filter(Boolean).length <= 1, {
    error: 'has only one of `user`, `tokenFile` and `credentials`',
  })
export type NatsConfig = z.output<typeof natsConfig>

import { z } from 'zod'
import { address } from '../../config/values/address.js'
import { DESTINATION, OWNER_FROM_ELSEWHERE } from '../../config/values/marks.js'
import { tlsClientConfig } from '../../config/values/tls-client.js'
import { duration } from '../../config/values/units.js'
import { batch, commonKeys, loginKeys } from '../common-config.js'

const NAME = '[A-Za-z_][A-Za-z0-9_]{0,62}'

export const postgresqlConfig = z
  .strictObject({
    type: z.literal('postgresql').describe('Kind of the destination; the other keys depend on it.'),
    ...commonKeys,
    database: z
      .string()
      .regex(/^[^\p{Cc}]{1,63}$/u, { error: 'must be 1 to 63 characters' })
      .describe('For `postgresql`: name of the database.'),
    place: address()
      .refine(({ port }) => port > 0, { error: 'must have a port' })
      .prefault('127.0.0.1:5432')
      .describe('For `postgresql`: host and port of the database server.'),
    secure: z
      .boolean()
      .default(false)
      .describe('For `syslog` (RFC 5425), `mqtt` and `postgresql`: whether to use TLS.')
      .meta(DESTINATION),
    ...loginKeys,
    table: z
      .string()
      .regex(new RegExp(`^(${NAME}\\.)?${NAME}$`), {
        error: 'must be the name of a table, or of its schema and the table with a dot between',
      })
      .default('tocsin_events')
      .describe('For `postgresql`: table that gets a row for each event, or `schema.table`.'),
    create: z
      .boolean()
      .default(false)
      .describe('For `postgresql`: whether the hub makes the table if there is none.'),
    batch: batch(),
    timeout: duration({ min: 100, max: 600_000 }).prefault('10s').describe('How long one attempt may take.'),
    tls: tlsClientConfig.prefault({}).describe('How the server is known.'),
  })
  .meta(OWNER_FROM_ELSEWHERE)
export type PostgresqlSinkConfig = z.output<typeof postgresqlConfig>

import { z } from 'zod'
import { count, duration, size } from '../../config/values/units.js'

const KiB = 2 ** 10
const MiB = 2 ** 20

/** `limits.http`: limits for one peer of any face that uses HTTP. */
export const httpLimits = z
  .strictObject({
    body: size({ min: KiB, max: 1024 * MiB })
      .prefault('16MiB')
      .describe('Largest body of a request, except bulk lines, which are unbounded.'),
    headers: size({ min: KiB, max: MiB }).prefault('16KiB').describe('All headers of a request.'),
    bulkLine: size({ min: KiB, max: 64 * MiB })
      .prefault('1MiB')
      .describe('One line of a bulk request.'),
    connections: count(
      16_384,
      'Connections at once on one address, including streams and WebSockets. They count in `limits.connections` too.',
    ),
    requestTimeout: duration({ min: 1_000, max: 24 * 3_600_000 })
      .prefault('5m')
      .describe('How long a request may take to arrive.'),
    headersTimeout: duration({ min: 1_000, max: 3_600_000 })
      .prefault('10s')
      .describe('How long the headers of a request may take to arrive.'),
  })
  .prefault({})
  .describe('Limits for HTTP.')

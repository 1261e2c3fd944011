import { z } from 'zod'
import { OWNER_FROM_ELSEWHERE } from '../../config/values/marks.js'
import { secretFile } from '../../config/values/path.js'
import { size } from '../../config/values/units.js'
import { entriesOf, entryName, eventPolicy, once, silentAfter } from '../entry.js'
import { receiverKeys } from '../http/config.js'

const KiB = 2 ** 10
const MiB = 2 ** 20

const entry = z.strictObject({
  name: entryName('Name in the path `/v1/otlp/<name>`, and in tags: `otlp/<name>/…`.'),
  bearerFile: secretFile().describe(
    'File with the token that senders show: `Authorization: Bearer`. One token on each line: any of them is accepted.',
  ),
  maxBody: size({ min: KiB, max: 8 * MiB })
    .prefault('4MiB')
    .describe('Largest request, both as it comes and without its compression.'),
  ...receiverKeys,
  silentAfter,
  once,
  ...eventPolicy,
})
export type OtlpConfig = z.output<typeof entry>
export const otlpSourcesConfig = entriesOf(entry.meta(OWNER_FROM_ELSEWHERE))

import { z } from 'zod'
import { severityNames } from '../../event/severity.js'
import { eventPolicy, silentAfter } from '../entry.js'

export const kernelConfig = z.strictObject({
  enabled: z.boolean().default(false).describe('Whether the messages of the kernel are published.'),
  priority: z
    .enum(severityNames)
    .default('debug')
    .describe('Messages of this severity and worse are published.'),
  from: z
    .enum(['end', 'start'])
    .default('end')
    .describe(
      'Where to begin when the source starts for the first time; `start`: when the host was started.',
    ),
  silentAfter,
  ...eventPolicy,
})
export type KernelConfig = z.output<typeof kernelConfig>

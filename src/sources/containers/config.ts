import { z } from 'zod'
import { absolutePath } from '../../config/values/path.js'
import { size } from '../../config/values/units.js'
import { containerActions } from '../../types/host/containers.js'
import { eventPolicy, silentAfter } from '../entry.js'
import { multilineConfig, parseConfig } from '../text/config.js'
import { transformConfig } from '../text/transform-config.js'

const MiB = 2 ** 20

const logs = z.strictObject({
  names: z
    .array(z.string().min(1).max(256))
    .min(1)
    .max(64)
    .default(['*'])
    .describe('Globs for the names of the containers.'),
  maxLine: size({ min: 64, max: 8 * MiB })
    .prefault('64KiB')
    .describe('Longest line; longer lines are cut and marked.'),
  multiline: multilineConfig.optional().describe('Joins lines that belong together, such as a stack trace.'),
  parse: parseConfig.optional().describe('Reads fields from each line.'),
  transform: transformConfig,
})
export type ContainerLogsConfig = z.output<typeof logs>

export const containersConfig = z.strictObject({
  enabled: z
    .boolean()
    .default(false)
    .describe('Whether changes of the containers of this host are published.'),
  socket: absolutePath()
    .default('/var/run/docker.sock')
    .describe('Socket of Docker or Podman; that of Podman is usually `/run/podman/podman.sock`.'),
  actions: z
    .array(z.enum(containerActions))
    .min(1)
    .max(containerActions.length)
    .default([...containerActions])
    .describe('Actions that are published.'),
  logs: logs.optional().describe('What containers write to their output is published, line by line.'),
  silentAfter,
  ...eventPolicy,
})
export type ContainersConfig = z.output<typeof containersConfig>

import { z } from 'zod'
import { absolutePath } from '../../config/values/path.js'
import { containerActions } from '../../types/host/containers.js'
import { eventPolicy, silentAfter } from '../entry.js'

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
  silentAfter,
  ...eventPolicy,
})
export type ContainersConfig = z.output<typeof containersConfig>

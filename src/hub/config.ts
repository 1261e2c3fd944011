import { z } from 'zod'
import { limitsConfig } from '../config/parts/limits.js'
import { listenConfig } from '../config/parts/listen.js'
import { logConfig } from '../config/parts/log.js'
import { oidcConfig } from '../config/parts/oidc.js'
import { path } from '../config/parts/path.js'
import { principalsConfig } from '../config/parts/principals.js'
import { saltConfig } from '../config/parts/salt.js'
import { sourcesConfig } from '../sources/config.js'
import { acrossKeys } from './config-across-keys.js'

const keys = z.strictObject({
  data: path().optional().describe('Folder of log and state. Default: the XDG state folder of the user.'),
  log: logConfig.prefault({}),
  limits: limitsConfig.prefault({}),
  listen: listenConfig.prefault({}),
  principals: principalsConfig.prefault({}),
  oidc: oidcConfig.default([]).describe('People who log in elsewhere (OpenID Connect).'),
  salt: saltConfig.default([]).describe('Event buses for programs that speak with Salt.'),
  sources: sourcesConfig.prefault({}),
})
export type HubConfig = z.output<typeof keys>

/** `tocsin.yaml`, joined from what each part says of itself. */
export const hubConfig = keys.superRefine((config, context) => {
  for (const problem of acrossKeys(config)) context.addIssue({ code: 'custom', ...problem })
})
